#include "outbox_relay/check/check.h"

#include "outbox_relay/base/pg_connection.h"
#include "outbox_relay/base/steady_time.h"
#include "outbox_relay/check/finding_list.h"
#include "outbox_relay/check/slot_checks.h"
#include "outbox_relay/sink/producer.h"
#include "outbox_relay/source/outbox_table.h"
#include "outbox_relay/source/row_mapper.h"
#include "outbox_relay/source/slots.h"
#include "outbox_relay/source/table_copy.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr absl::Duration kAttempt = absl::Seconds(3);
// Before 2.6.1 librdkafka repeats its nonce in SCRAM's last message; brokers from 4.0 on refuse
// that.
constexpr int kFirstRightScram = 0x020601ff;

void CheckServer(PgConnection& connection, Findings& findings) {
  findings.Expect(connection.server_version() >= 140000,
                  StrCat("the server is PostgreSQL ", connection.server_version() / 10000),
                  "use PostgreSQL 14 or newer");
  const std::string wal_level = Value(connection, "SHOW wal_level");
  findings.Expect(wal_level == "logical", "wal_level is " + wal_level,
                  "ALTER SYSTEM SET wal_level = 'logical'; then restart the server");
  if (Value(connection, "SHOW max_slot_wal_keep_size") == "-1") {
    findings.Warn(
        "max_slot_wal_keep_size is -1: a relay that is down for long fills the disk",
        "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf(); a slot"
        " that is lost heals by itself");
  }
}

void CheckRole(PgConnection& connection, const SourceConfig& source, Findings& findings) {
  const std::string table = QuoteTable(source.schema, source.table);
  const std::string role = Value(connection, "SELECT quote_ident(current_user)");
  findings.Expect(
      Value(connection,
            "SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user") == "t",
      StrCat("requirement: role ", role, " has REPLICATION"),
      StrCat("ALTER ROLE ", role, " REPLICATION"));
  findings.Expect(
      Value(connection, "SELECT has_table_privilege(to_regclass($1), 'SELECT')", {table}) == "t",
      StrCat("requirement: role ", role, " has SELECT on ", table, " (for backfills)"),
      StrCat("GRANT SELECT ON ", table, " TO ", role));
  const std::string own = StrCat("outbox_relay schema --role ", role, " | psql THE_DATABASE");
  if (Value(connection, "SELECT to_regclass('outbox_relay.parked_rows') IS NOT NULL") != "t") {
    const bool may_create =
        Value(connection, "SELECT has_database_privilege(current_database(), 'CREATE')") == "t";
    findings.Expect(may_create,
                    "requirement: the relay's own tables exist, or its role may create them", own);
  } else {
    findings.Expect(
        Value(connection,
              "SELECT bool_and(has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')) FROM"
              " pg_class c WHERE relnamespace = 'outbox_relay'::regnamespace AND relkind = 'r'") ==
            "t",
        StrCat("requirement: role ", role, " may write the relay's own tables"), own);
  }
  auto replication =
      PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kReplication, {}, kTimeout);
  // CheckSlots has looked at that: a relay may hold the only one.
  if (replication.status().message().find("max_wal_senders") != absl::string_view::npos) return;
  findings.Expect(
      replication.ok(),
      replication.ok()
          ? "the server accepts a replication connection"
          : StrCat("the server refuses a replication connection: ", replication.status().message()),
      StrCat("add a line to pg_hba.conf that lets ", role, " connect to this database"));
}

void CheckTable(PgConnection& connection, const SourceConfig& source, Findings& findings) {
  absl::StatusOr<Outbox> outbox = InspectOutbox(connection, source);
  if (!outbox.ok()) {
    findings.Broken(std::string(outbox.status().message()), "");
    return;
  }
  findings.Fine(
      StrCat(QuoteTable(source.schema, source.table), " is published by ", source.publication));
  const absl::Status bound = RowMapper(source.mapping).Bind(outbox->columns);
  findings.Expect(bound.ok(),
                  bound.ok() ? "every configured column is there" : std::string(bound.message()),
                  "");
  if (bound.ok()) {
    const absl::Status readable = CheckReadable(connection, source, *outbox);
    findings.Expect(readable.ok(),
                    readable.ok() ? "the relay may read every row of the table, as a backfill does"
                                  : std::string(readable.message()),
                    "");
  }
  if (source.mapping.tx.empty() || source.mapping.order.empty()) {
    findings.Warn(StrCat(source.mapping.tx.empty() ? "without a tx column" : "",
                         source.mapping.tx.empty() && source.mapping.order.empty() ? " and " : "",
                         source.mapping.order.empty() ? "without an ordered column" : "",
                         " the loss of the slot will republish all retained rows",
                         source.mapping.order.empty() ? ", unordered" : ""),
                  "add `id bigint GENERATED ALWAYS AS IDENTITY` and `tx xid8 NOT NULL DEFAULT"
                  " pg_current_xact_id()`, and name them as columns.order and columns.tx");
  }
  if (source.partitions.retention > absl::ZeroDuration()) {
    findings.Expect(
        Value(connection,
              "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid ="
              " to_regclass($1)",
              {QuoteTable(source.schema, source.table)}) == "t",
        "requirement: the relay's role owns the outbox table (to drop its partitions)",
        StrCat("ALTER TABLE ", QuoteTable(source.schema, source.table),
               " OWNER TO the relay's role"));
  }
}

std::string FixOfBrokers(const KafkaConfig& kafka) {
  const std::map<std::string, std::string> properties = kafka.properties.Get();
  const auto mechanism = properties.find("sasl.mechanism");
  if (mechanism != properties.end() && mechanism->second.starts_with("SCRAM") &&
      rd_kafka_version() < kFirstRightScram) {
    return StrCat("SCRAM with Kafka 4 or newer needs librdkafka 2.6.1, this one is ",
                  rd_kafka_version_str(),
                  ": use PLAIN (over TLS) or a client certificate; otherwise check kafka.brokers,"
                  " [kafka.properties] and [kafka.property_files]");
  }
  return "check kafka.brokers, [kafka.properties] and [kafka.property_files]";
}

// False if no broker can be asked about topics.
bool CheckBrokers(Producer& producer, const KafkaConfig& kafka, Findings& findings) {
  const SteadyTime deadline = SteadyNow() + kTimeout;
  absl::Status reached;
  do {
    reached = producer.Reach(kAttempt);
    producer.Poll([](std::uint64_t, const rd_kafka_message_t&) {});
  } while (!reached.ok() && producer.trouble().empty() && SteadyNow() < deadline);
  findings.Expect(
      reached.ok(),
      reached.ok() ? "the brokers answer" : StrCat(reached.message(), ": ", producer.trouble()),
      FixOfBrokers(kafka));
  return reached.ok();
}

// The topics of the latest rows; empty for a template of several columns.
std::vector<std::string> RecentTopics(const SourceConfig& source) {
  const std::string& topic = source.mapping.topic;
  const std::size_t open = topic.find('{');
  if (open == std::string::npos) return {topic};
  const std::size_t close = topic.find('}', open);
  if (close == std::string::npos || topic.find('{', close) != std::string::npos) return {};
  auto connection =
      PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql, {}, kTimeout);
  if (!connection.ok()) return {};
  const std::string column = QuoteIdentifier(topic.substr(open + 1, close - open - 1));
  const std::string order =
      source.mapping.order.empty()
          ? ""
          : StrCat(" ORDER BY ", QuoteIdentifier(source.mapping.order), " DESC");
  auto result = connection->Exec(StrCat("SELECT DISTINCT t::text FROM (SELECT ", column,
                                        " AS t FROM ", QuoteTable(source.schema, source.table),
                                        order, " LIMIT 1000) r LIMIT 50"));
  std::vector<std::string> topics;
  for (int i = 0; result.ok() && i < result->rows(); ++i) {
    topics.push_back(StrCat(topic.substr(0, open), result->Text(i, 0), topic.substr(close + 1)));
  }
  return topics;
}

}  // namespace

std::vector<Finding> CheckSource(const SourceConfig& source) {
  Findings findings;
  auto connection = PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql,
                                          {{"statement_timeout", "5000"}}, kTimeout);
  if (!connection.ok()) {
    findings.Broken(std::string(connection.status().message()),
                    "check conninfo, the password file (PGPASSFILE) and pg_hba.conf");
    return findings.Take();
  }
  findings.Fine("the database accepts a connection");
  CheckServer(*connection, findings);
  CheckSlots(*connection, source, findings);
  CheckRole(*connection, source, findings);
  CheckTable(*connection, source, findings);
  return findings.Take();
}

std::vector<Finding> CheckSources(const std::vector<SourceConfig>& sources) {
  Findings findings;
  CheckSharedSlots(sources, findings);
  return findings.Take();
}

std::vector<Finding> CheckTopics(const KafkaConfig& kafka, const SourceConfig& source) {
  Findings findings;
  absl::StatusOr<std::unique_ptr<Producer>> producer = Producer::Create(kafka, {});
  if (!producer.ok()) {
    findings.Broken(std::string(producer.status().message()), "");
    return findings.Take();
  }
  if (!CheckBrokers(**producer, kafka, findings)) return findings.Take();
  for (const std::string& name : RecentTopics(source)) {
    const std::string topic = kafka.topic_prefix + name;
    const absl::StatusOr<TopicState> state = (*producer)->Inspect(topic, kTimeout);
    if (!state.ok()) {
      findings.Broken(std::string(state.status().message()), "");
      break;
    }
    if (state->kind != TopicState::Kind::kKnown) {
      findings.Broken(StrCat("topic ", topic,
                             state->kind == TopicState::Kind::kUnknown ? " does not exist"
                                                                       : " may not be described"),
                      "create the topic, or let the relay's user describe and write it");
      continue;
    }
    const absl::StatusOr<std::size_t> limit = (*producer)->MaxMessageBytes(topic, kTimeout);
    findings.Fine(limit.ok()
                      ? StrCat("topic ", topic, " takes records of up to ",
                               std::min(*limit, (*producer)->max_record_bytes()), " bytes")
                      : StrCat("topic ", topic, " exists (the brokers don't report its limits)"));
  }
  return findings.Take();
}

}  // namespace waybill::outbox_relay
