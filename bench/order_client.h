// OrderClient places orders at order_svc as fast as it may, with many calls at once.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/shop.h"

namespace waybill::bench {

struct OrderClientOptions {
  std::string user = "ann";
  // At most this many calls are in flight.
  int in_flight = 64;
  int connections = 4;
  // Calls to start per second; 0: as many as in_flight permits.
  int per_second = 0;
};

// Runs from its construction to Stop, on a thread of its own. A call that isn't answered in 2 s has failed.
class OrderClient {
 public:
  // The system outlives it, and knows the product "tea".
  OrderClient(const e2e::System& system, const OrderClientOptions& options);
  ~OrderClient() { Stop(); }
  OrderClient(const OrderClient&) = delete;
  OrderClient& operator=(const OrderClient&) = delete;

  // How many calls have ended so far: with an order, with RESOURCE_EXHAUSTED, and with any other error.
  // Thread-safe.
  std::int64_t placed() const { return placed_; }
  std::int64_t refused() const { return refused_; }
  std::int64_t failed() const { return failed_; }
  // The latency in ms of each call that placed an order, in the order in which they ended, from the moment
  // at which it was due; without per_second, from its start. Refused and failed calls are left out. Call
  // it only after Stop.
  const std::vector<double>& Milliseconds() const { return milliseconds_; }

  // Starts no more calls; blocks for at most about 2 s, until those in flight have ended. May be called twice.
  void Stop();

 private:
  struct Call;

  void Run();
  // Begins the calls that are due.
  void Begin();
  void BeginOne();
  void End(const Call& call);

  const e2e::System& system_;
  const OrderClientOptions options_;
  ::grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<e2e::orders_v1::OrderService::Stub>> stubs_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> placed_ = 0;
  std::atomic<std::int64_t> refused_ = 0;
  std::atomic<std::int64_t> failed_ = 0;
  // The thread's alone.
  std::int64_t begun_ = 0;
  int under_way_ = 0;
  absl::Time began_;
  std::vector<double> milliseconds_;
  std::thread thread_;
};

// How often, and for how long each time, a client's orders are counted.
struct OrderRounds {
  int rounds;
  absl::Duration round;
  absl::Duration warm_up = absl::Seconds(1);
};

// To check that a benchmark works.
inline constexpr OrderRounds kQuickRounds{
    .rounds = 1, .round = absl::Seconds(2), .warm_up = absl::Milliseconds(500)};

// Waits for the warm-up, then for one round. Returns the client's orders per second in the round.
double MeasureRate(const OrderClient& client, const OrderRounds& rounds);

}  // namespace waybill::bench
