// Checks what docs/promises.md says against all that is stored: promises 3 to 9 and 11, over the
// five databases, the topics and the mails.
//
// Reads every source once, in pieces and at the same time, into small facts on temporary files;
// puts the facts of each order, and of each event, together a part at a time; judges each alone
// (judge.h). Memory is bounded by the part, the disk holds about 1.8 KB an order meanwhile.
//
// Judges only what has been left alone for `idle`, and holds nothing against anyone that the relay
// or a consumer has yet to come to. What looks wrong is read again after another `idle`, alone, and
// reported if it is still so. What is older than the outboxes' or the topics' retention is judged
// by its state alone.
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
  // libpq connection strings. Without a sandbox ("") promise 8 is judged by our books alone.
  std::string orders, payments, inventory, notifications, sandbox;
  kafka::KafkaConfig kafka;
  // Where tools/mail_sink.py keeps its mails; "" where mails leave the house: then promise 11 is
  // judged by our books alone.
  std::string mail_folder;
  absl::Duration idle = absl::Seconds(10);
  // Wait first until nothing is under way, this long at most; 0: don't.
  absl::Duration drain = absl::ZeroDuration();
};

struct VerifyReport {
  // In order of promise and order. At most kMaxViolations.
  std::vector<Violation> violations;
  // Orders judged; orders in which something moved too lately; orders that the relay or a consumer
  // has yet to come to, and orders of which something is parked (7, 8, 9 and 11 are not judged of
  // these two), with the first of the latter's ids.
  std::int64_t judged = 0;
  std::int64_t moving = 0;
  std::int64_t awaiting = 0;
  std::int64_t parked = 0;
  std::vector<std::string> parked_orders;
  // How many records each service, by Consumer, has yet to consume, and how many events the relay
  // has yet to publish.
  std::array<std::int64_t, kConsumers> behind{};
  std::int64_t unpublished = 0;
  // What was read at the first look.
  std::int64_t rows = 0;
  std::int64_t records = 0;
  std::int64_t mails = 0;
  // How many looks there were: 1, or 2 when something looked wrong at first; and how many rows,
  // records and mails the second one took.
  int passes = 1;
  std::int64_t read_again = 0;
};

inline constexpr std::size_t kMaxViolations = 10'000;
inline constexpr std::size_t kMaxParkedOrders = 1'000;

// Blocks for as long as it takes: about a minute for a million orders. Errors: a source
// that can't be read, named; kDeadlineExceeded: not at rest within `drain`.
absl::StatusOr<VerifyReport> Verify(const VerifyOptions& options);

}  // namespace waybill::verify
