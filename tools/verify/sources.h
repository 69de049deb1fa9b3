// Where the facts come from. Each function reads one source whole, in pieces, and blocks for as
// long as that takes; they can run at the same time.
//
// Databases are read in pages of 100,000 rows along an index, each its own short read-only
// statement with a timeout, so that no snapshot is held and nothing is locked. What changes between
// two pages says so by its time, and is not judged (judge.h).
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "platform/kafka/client_config.h"
#include "platform/postgres/binary_rows.h"
#include "tools/verify/facts.h"
#include "tools/verify/judge.h"
#include "tools/verify/progress.h"
#include "tools/verify/spill.h"
#include "tools/verify/suspects.h"

namespace waybill::verify {

// Where one source's facts go. Used by one thread.
struct FactSink {
  FactSink(Spill<OrderFact>& order_facts, Spill<CommittedEvent>& committed_events,
           Spill<NotedEvent>& noted_events)
      : orders(order_facts), committed(committed_events), noted(noted_events) {}

  Spill<OrderFact>::Writer orders;
  Spill<CommittedEvent>::Writer committed;
  Spill<NotedEvent>::Writer noted;
};

// What one look at the sources takes in.
struct Look {
  Consumption consumption;
  // PublishedBelow of each service's database, asked before anything is read.
  std::array<std::int64_t, kConsumers> published_below{};
  // Null: everything. Otherwise only what is about these, and what was added since the last look.
  const Suspects* suspects = nullptr;

  // "column = ANY (…)", or "true" where everything is looked at.
  std::string OrdersIn(const std::string& column, const char* type = "uuid") const;
  std::string EventsIn(const std::string& column) const;
  // Whether sums over products and charges are to be looked at.
  bool WithSums() const { return suspects == nullptr || suspects->sums; }
};

// What a source says besides facts.
struct SourceReport {
  // Before this it may not have everything any more.
  Micros history_from = 0;
  // What it could judge by itself.
  std::vector<Violation> violations;
  // Rows, records or mails.
  std::int64_t read = 0;
  // Of topics: up to where they were read.
  std::map<kafka::TopicPartition, std::int64_t> read_to;
};

// The four services' databases and the sandbox's; `conninfo` is libpq's. Errors: BinaryRows'.
absl::Status ReadOrders(const std::string& conninfo, const Look& look, FactSink& sink,
                        SourceReport& report);
absl::Status ReadPayments(const std::string& conninfo, const Look& look, FactSink& sink,
                          SourceReport& report);
// Judges promise 7 per product.
absl::Status ReadInventory(const std::string& conninfo, const Look& look, FactSink& sink,
                           SourceReport& report);
absl::Status ReadNotifications(const std::string& conninfo, const Look& look, FactSink& sink,
                               SourceReport& report);
absl::Status ReadSandbox(const std::string& conninfo, const Look& look, FactSink& sink,
                         SourceReport& report);

// The events that a service's database has: its outbox, its inbox, and what is parked in it.
absl::Status ReadEvents(postgres::BinaryRows& session, Consumer consumer, const Look& look,
                        FactSink& sink, SourceReport& report);

// Every topic from its start, or from where the last look stopped, to what it holds when the call
// begins. Errors: TopicReader's.
absl::Status ReadTopics(const kafka::KafkaConfig& kafka, const Look& look, FactSink& sink,
                        SourceReport& report);

// The mails that tools/mail_sink.py keeps in `folder`, or those since the last look. kNotFound: no
// such folder.
absl::Status ReadMailSink(const std::string& folder, const Look& look, FactSink& sink,
                          SourceReport& report);

// How many orders there are, as PostgreSQL's statistics estimate it.
absl::StatusOr<std::int64_t> EstimateOrders(const std::string& conninfo);
// The sum of the first column, a number, over the rows of `select`.
absl::StatusOr<std::int64_t> CountIn(const std::string& conninfo, const std::string& select);

// The join keys and types that the sources share.
Uuid JoinKey(std::string_view kafka_key);
EventType EventTypeOf(std::string_view ce_type);
// "orders.events" and so on; anything else counts as dead letters.
Topic TopicOf(std::string_view name);

}  // namespace waybill::verify
