// The sources of the facts. Each function reads one source completely, in pieces, and blocks for as
// long as that takes; the functions can run at the same time.
//
// Databases are read in pages of 100,000 rows along an index. Each page is a short read-only
// statement of its own, with a timeout, so no snapshot is held and nothing is locked. A row that
// changes between two pages shows it by its time of change, and is not judged (judge.h).
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

// Receives the facts of one source. Used by one thread.
struct FactSink {
  FactSink(Spill<OrderFact>& order_facts, Spill<CommittedEvent>& committed_events,
           Spill<NotedEvent>& noted_events)
      : orders(order_facts), committed(committed_events), noted(noted_events) {}

  Spill<OrderFact>::Writer orders;
  Spill<CommittedEvent>::Writer committed;
  Spill<NotedEvent>::Writer noted;
};

// What one pass over the sources reads.
struct Look {
  Consumption consumption;
  // PublishedBelow of each service's database, read before any source.
  std::array<std::int64_t, kConsumers> published_below{};
  // If null, the pass reads everything; otherwise only what concerns these suspects, and what was
  // added since the first pass.
  const Suspects* suspects = nullptr;

  // Returns "column = ANY (…)", or "true" where the pass reads everything.
  std::string OrdersIn(const std::string& column, const char* type = "uuid") const;
  std::string EventsIn(const std::string& column) const;
  // Whether the pass checks the sums over products and charges.
  bool WithSums() const { return suspects == nullptr || suspects->sums; }
};

// What a source reports besides facts.
struct SourceReport {
  // The source's outbox, or its topics, may no longer hold everything that happened before this time.
  Micros rows_from = 0;
  Micros records_from = 0;
  // Rows of what was last changed before these times may have been retired.
  Micros history_retired_before = 0;
  Micros charges_retired_before = 0;
  // Violations that the source could detect alone.
  std::vector<Violation> violations;
  // How many rows, records or mails were read.
  std::int64_t read = 0;
  // For topics: the offset up to which each partition was read.
  std::map<kafka::TopicPartition, std::int64_t> read_to;
};

// Read the databases of the four services and of the sandbox; `conninfo` is a libpq connection
// string. Errors: those of BinaryRows.
absl::Status ReadOrders(const std::string& conninfo, const Look& look, FactSink& sink,
                        SourceReport& report);
absl::Status ReadPayments(const std::string& conninfo, const Look& look, FactSink& sink,
                          SourceReport& report);
// Also judges promise 7 per product.
absl::Status ReadInventory(const std::string& conninfo, const Look& look, FactSink& sink,
                           SourceReport& report);
absl::Status ReadNotifications(const std::string& conninfo, const Look& look, FactSink& sink,
                               SourceReport& report);
absl::Status ReadSandbox(const std::string& conninfo, const Look& look, FactSink& sink,
                         SourceReport& report);

// Reads the events in one service's database: its outbox, its inbox, and its parked events.
absl::Status ReadEvents(postgres::BinaryRows& session, Consumer consumer, const Look& look,
                        FactSink& sink, SourceReport& report);

// Reads every topic from its start, or from where the first pass stopped, to the end that it has
// when the call begins. Errors: those of TopicReader.
absl::Status ReadTopics(const kafka::KafkaConfig& kafka, const Look& look, FactSink& sink,
                        SourceReport& report);

// Reads the mails that tools/mail_sink.py keeps in `folder`, or those since the first pass. Errors:
// kNotFound when the folder can't be opened.
absl::Status ReadMailSink(const std::string& folder, const Look& look, FactSink& sink,
                          SourceReport& report);

// Returns the number of orders as PostgreSQL's statistics estimate it.
absl::StatusOr<std::int64_t> EstimateOrders(const std::string& conninfo);
// Returns the sum of the first column, which must be a number, over the rows of `select`.
absl::StatusOr<std::int64_t> CountIn(const std::string& conninfo, const std::string& select);

// Conversions that the sources share. JoinKey returns the key as a UUID, or a hash of it where it
// is not a UUID.
Uuid JoinKey(std::string_view kafka_key);
EventType EventTypeOf(std::string_view ce_type);
// Takes a topic's name without prefix, such as "orders.events"; any other name counts as dead
// letters.
Topic TopicOf(std::string_view name);

}  // namespace waybill::verify
