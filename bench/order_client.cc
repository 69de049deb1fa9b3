#include "bench/order_client.h"

#include <chrono>

#include "absl/time/clock.h"
#include "tests/support/wait.h"

namespace waybill::bench {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(2);
constexpr std::chrono::milliseconds kLongestWait{5};

}  // namespace

struct OrderClient::Call {
  std::unique_ptr<::grpc::ClientContext> context;
  std::unique_ptr<::grpc::ClientAsyncResponseReader<e2e::orders_v1::PlaceOrderResponse>> reader;
  e2e::orders_v1::PlaceOrderResponse response;
  ::grpc::Status status;
  absl::Time due_at;
};

OrderClient::OrderClient(const e2e::System& system, const OrderClientOptions& options)
    : system_(system), options_(options) {
  for (int i = 0; i < options_.connections; ++i) {
    stubs_.push_back(e2e::orders_v1::OrderService::NewStub(system_.Channel(e2e::kOrderSvc)));
  }
  thread_ = std::thread([this] { Run(); });
}

void OrderClient::Stop() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
}

void OrderClient::Run() {
  began_ = absl::Now();
  while (!stopped_ || under_way_ > 0) {
    if (!stopped_) Begin();
    void* tag = nullptr;
    bool is_ok = false;
    if (queue_.AsyncNext(&tag, &is_ok, std::chrono::system_clock::now() + kLongestWait) !=
        ::grpc::CompletionQueue::GOT_EVENT) {
      continue;
    }
    const std::unique_ptr<Call> call(static_cast<Call*>(tag));
    End(*call);
  }
}

void OrderClient::Begin() {
  std::int64_t due = options_.in_flight;
  if (options_.per_second > 0) {
    due = static_cast<std::int64_t>(absl::ToDoubleSeconds(absl::Now() - began_) *
                                    options_.per_second) -
          begun_;
  }
  for (; due > 0 && under_way_ < options_.in_flight; --due) BeginOne();
}

void OrderClient::BeginOne() {
  auto* call = new Call;  // Run owns it again when it has ended
  call->due_at = absl::Now();
  if (options_.per_second > 0) {
    call->due_at = began_ + absl::Seconds(static_cast<double>(begun_) / options_.per_second);
  }
  call->context = system_.Context({.user = options_.user, .timeout = kCallTimeout});
  const e2e::Purchase purchase{.items = {{"tea", 1}}, .user = options_.user};
  auto& stub = *stubs_[static_cast<std::size_t>(begun_) % stubs_.size()];
  call->reader = stub.AsyncPlaceOrder(call->context.get(), e2e::RequestFor(purchase), &queue_);
  call->reader->Finish(&call->response, &call->status, call);
  ++begun_;
  ++under_way_;
}

void OrderClient::End(const Call& call) {
  --under_way_;
  if (call.status.ok()) {
    ++placed_;
    milliseconds_.push_back(absl::ToDoubleMilliseconds(absl::Now() - call.due_at));
  } else if (call.status.error_code() == ::grpc::StatusCode::RESOURCE_EXHAUSTED) {
    ++refused_;
  } else {
    ++failed_;
  }
}

double MeasureRate(const OrderClient& client, const OrderRounds& rounds) {
  test::PaceUntil(absl::Now() + rounds.warm_up);
  const absl::Time from = absl::Now();
  const std::int64_t before = client.placed();
  test::PaceUntil(from + rounds.round);
  return static_cast<double>(client.placed() - before) / absl::ToDoubleSeconds(absl::Now() - from);
}

}  // namespace waybill::bench
