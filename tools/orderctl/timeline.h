// The way of one order, read from everything it went through.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"
#include "platform/postgres/pool.h"
#include "platform/types/ids.h"
#include "tools/orderctl/findings.h"
#include "tools/orderctl/session.h"

namespace waybill::orderctl {

// What happened, in the words of the shop: "placed", "payment confirmed", "mailed" ...
struct Step {
  std::string name;
  absl::Time at;
  // A reason, an outcome, a subject; "" when there is nothing to add.
  std::string note;
};

// The milestones, in order of time.
std::vector<Step> StepsOf(const Findings& findings);

// What happened where: each commit, outbox row, record, inbox, answer of the provider and mail.
struct Link {
  absl::Time at;
  // "payment_svc", "inventory.events/3/1042", "provider".
  std::string where;
  std::string what;
};

// In order of time.
std::vector<Link> ChainOf(const Findings& findings);

// Reads databases that belong to several services, each with one short transaction, and the one
// partition of each topic that the order is in, from its placing on. A time is that of the clock
// where it happened; one machine's clocks order them. Not thread-safe.
class TimelineReader {
 public:
  TimelineReader(const Databases& databases, kafka::KafkaConfig kafka);

  // Blocks for at most about 10 s a source. Without Kafka or the provider's ledger the findings
  // lack what only they know. Errors: kUnavailable, kFailedPrecondition (no such database, not
  // allowed).
  absl::StatusOr<Findings> Read(const OrderId& order, bool with_topics);

 private:
  absl::Status ReadOrder(const OrderId& order, Findings& findings);
  absl::Status ReadPayment(const OrderId& order, Findings& findings);
  absl::Status ReadMails(const OrderId& order, Findings& findings);
  absl::Status ReadEvents(const OrderId& order, Findings& findings);
  absl::Status ReadInboxes(Findings& findings);
  void ReadProvider(const OrderId& order, Findings& findings);
  void ReadTopics(const OrderId& order, Findings& findings);

  const kafka::KafkaConfig kafka_;
  postgres::Pool orders_;
  postgres::Pool payments_;
  postgres::Pool inventory_;
  postgres::Pool notifications_;
  postgres::Pool sandbox_;
};

}  // namespace waybill::orderctl
