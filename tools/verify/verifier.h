// Checks docs/promises.md against everything that is stored: promises 3 to 9 and 11, over the five
// databases, the topics and the mails.
//
// Reads every source once, in pieces and at the same time as the others, into small facts on
// temporary files; then gathers the facts about each order, and about each event, one bucket at a
// time, and judges each order and event separately (judge.h). Memory is bounded by one bucket. The
// temporary files take about 1.8 KB per order.
//
// Judges only orders that have not changed for `idle`, and reports no violation for an event that
// the relay has yet to publish or a consumer has yet to process. Whatever looks wrong is read again
// after another `idle`, and reported if it is still wrong. Orders older than the retention of the
// outboxes or the topics are judged by their state alone.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"
#include "tools/verify/judge.h"

namespace waybill::verify {

struct VerifyOptions {
  // libpq connection strings. If `sandbox` is "", promise 8 is judged by our own books alone.
  std::string orders, payments, inventory, notifications, sandbox;
  kafka::KafkaConfig kafka;
  // The folder in which tools/mail_sink.py keeps its mails; "" if mails are really sent: then
  // promise 11 is judged by our own books alone.
  std::string mail_folder;
  absl::Duration idle = absl::Seconds(10);
  // How long to wait at most, before reading anything, until the system is at rest; 0 doesn't wait.
  absl::Duration drain = absl::ZeroDuration();
};

struct VerifyReport {
  // Sorted by promise, then by order. At most kMaxViolations.
  std::vector<Violation> violations;
  // Orders that were judged completely; orders that changed too recently to be judged; orders with
  // an event that the relay has yet to publish or a consumer has yet to process; and orders with a
  // parked event, of which parked_orders holds the first kMaxParkedOrders ids. Promises 7, 8, 9 and
  // 11 are not judged for the last two.
  std::int64_t judged = 0;
  std::int64_t moving = 0;
  std::int64_t awaiting = 0;
  std::int64_t parked = 0;
  std::vector<std::string> parked_orders;
  // How many records each service (by Consumer) has yet to consume, and how many events the relay
  // has yet to publish.
  std::array<std::int64_t, kConsumers> behind{};
  std::int64_t unpublished = 0;
  // What the first pass read.
  std::int64_t rows = 0;
  std::int64_t records = 0;
  std::int64_t mails = 0;
  // The number of passes: 1, or 2 when the first one found a violation; and how many rows, records
  // and mails the second one read.
  int passes = 1;
  std::int64_t read_again = 0;
};

inline constexpr std::size_t kMaxViolations = 10'000;
inline constexpr std::size_t kMaxParkedOrders = 1'000;

// Blocks for as long as it takes: about a minute for a million orders. Errors: that of a source
// that can't be read, whose message names the source; kDeadlineExceeded when the system is not at
// rest within `drain`.
absl::StatusOr<VerifyReport> Verify(const VerifyOptions& options);

}  // namespace waybill::verify
