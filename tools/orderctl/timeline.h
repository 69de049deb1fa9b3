// Reads the history of one order from every service, database and topic that it went through.
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

// A milestone of the order in a shop's words: "placed", "payment confirmed", "mailed" ...
struct Step {
  std::string name;
  absl::Time at;
  // A reason, an outcome or a subject; "" when there is nothing to add.
  std::string note;
};

// Returns the milestones, sorted by time.
std::vector<Step> StepsOf(const Findings& findings);

// One event in the chain of causes: a commit, an outbox row, a record, an inbox row, an answer of
// the provider or a mail.
struct Link {
  absl::Time at;
  // "payment_svc", "inventory.events/3/1042", "provider".
  std::string where;
  std::string what;
};

// Returns the whole chain of causes, sorted by time.
std::vector<Link> ChainOf(const Findings& findings);

// Reads the databases of several services, each with one short transaction, and in each topic the
// one partition that holds the order, from the time at which the order was placed. Each time comes
// from the clock of the machine where the event happened, so the order is exact only on one
// machine. Not thread-safe.
class TimelineReader {
 public:
  TimelineReader(const Databases& databases, kafka::KafkaConfig kafka);

  // Blocks for at most about 10 s per source. If Kafka or the provider's ledger can't be read, the
  // findings lack what only that source knows. Errors: kUnavailable; kFailedPrecondition when a
  // database doesn't exist or can't be accessed with these credentials.
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
