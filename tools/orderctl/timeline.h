// The way of one order, read from the databases of the services it went through.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/postgres/pool.h"
#include "platform/types/ids.h"
#include "tools/orderctl/session.h"

namespace waybill::orderctl {

struct Step {
  // "placed", "payment confirmed", "mailed" ...
  std::string name;
  // By the clock of the service's database or of the service; one machine's clocks order them.
  absl::Time at;
  // A reason, an outcome, a subject; "" when there is nothing to add.
  std::string note;
};

struct Timeline {
  // In order of time; empty when there is no such order.
  std::vector<Step> steps;
  // The order is at its end, its money taken or given back, and every mail it causes sent (or
  // refused for good).
  bool complete = false;
};

// Reads databases that belong to several services, each with one short transaction. A step's time
// is taken where it happens, so that causes come before their effects. Not thread-safe.
class TimelineReader {
 public:
  explicit TimelineReader(const Databases& databases);

  // Blocks for at most about 10 s a database. Errors: kUnavailable, kFailedPrecondition (no such
  // database, not allowed).
  absl::StatusOr<Timeline> Read(const OrderId& order);

 private:
  struct Progress;
  using Steps = std::vector<Step>;

  // Each sets `steps` to what its database knows.
  absl::Status ReadOrder(const OrderId& order, Steps& steps, Progress& progress);
  absl::Status ReadPayment(const OrderId& order, Steps& steps, Progress& progress);
  absl::Status ReadReservation(const OrderId& order, Steps& steps);
  absl::Status ReadMails(const OrderId& order, Steps& steps, Progress& progress);

  postgres::Pool orders_;
  postgres::Pool payments_;
  postgres::Pool inventory_;
  postgres::Pool notifications_;
};

}  // namespace waybill::orderctl
