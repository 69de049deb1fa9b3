// RelayConfig is the relay's configuration file; docs/relay.md describes every key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "platform/config/config_reader.h"
#include "platform/metrics/config.h"
#include "platform/types/live.h"

namespace waybill::outbox_relay {

// A header that every record gets: from a column, or a constant when `column` is empty.
struct HeaderRule {
  std::string name;
  std::string column;
  std::string constant;
};

// How a row of the outbox table becomes a Kafka record. Column names; an empty one means "not
// there".
struct RowMapping {
  // Column names in braces, anything else is literal: "outbox.event.{aggregatetype}".
  std::string topic;
  std::string key;
  std::string payload;
  // A jsonb or json object whose members become headers.
  std::string headers;
  std::vector<HeaderRule> header_rules;
  // Names the row for operators and the parking; unique per row.
  std::string row_id;
  // A number that grows in commit order within one key; a backfill reads in its order.
  std::string order;
  // The row's transaction, `xid8 DEFAULT pg_current_xact_id()`: bounds what a backfill repeats.
  std::string tx;
  // When the row was inserted, timestamp or timestamptz: bounds what is published again.
  std::string time = {};
};

struct PartitionConfig {
  // A function of the source database that takes the number of days ahead; empty: none is called.
  std::string create_function;
  int create_ahead_days = 14;
  // Partitions that ended longer ago are dropped once they are published; zero keeps them for ever.
  absl::Duration retention;
  // A function of the source database that drops a detached partition by its name; empty: DROP
  // TABLE.
  std::string drop_function;
  absl::Duration every = absl::Hours(1);
};

struct SourceConfig {
  std::string name;
  // May change while the relay runs (App::Reconfigure).
  Live<std::string> conninfo;
  std::string publication;
  // Slots are called <slot>_1, <slot>_2, ...
  std::string slot;
  std::string schema;
  std::string table;
  RowMapping mapping;
  // The table has every row until it is published: nobody deletes or truncates earlier.
  bool rows_are_kept = false;
  PartitionConfig partitions;

  // A copy whose connection string stays as it is now: what is done together has to reach one database.
  SourceConfig Fixed() const;
};

struct KafkaConfig {
  std::string brokers;
  std::string topic_prefix;
  // Only sasl.username and sasl.password may change while the relay runs (App::Reconfigure).
  Live<std::map<std::string, std::string>> properties;
};

struct LimitsConfig {
  // The limit of what is in flight to Kafka, per source.
  std::size_t in_flight_bytes = 8 << 20;
  std::size_t in_flight_records = 16384;
  // A relay that is silent for this long loses its leader lock.
  absl::Duration lease = absl::Seconds(10);
  // Rows that wait for this long make the relay not ready.
  absl::Duration stalled_after = absl::Seconds(5);
  // A slot that is this far behind or further is caught up with by copy; 0: never.
  std::int64_t catch_up_bytes = 256 << 20;
  // A row that makes a larger record is parked without its payload and headers.
  std::size_t parked_payload_bytes = 8 << 20;
  // How long a topic may be unknown before its rows need an operator.
  absl::Duration unknown_topic = absl::Minutes(5);
  // How fast retained rows are published again, per source.
  std::int64_t republish_rows_per_second = 1000;
};

struct RelayConfig {
  KafkaConfig kafka;
  LimitsConfig limits;
  metrics::MetricsConfig metrics;
  std::vector<SourceConfig> sources;
};

RelayConfig ReadConfig(ConfigReader& reader);

}  // namespace waybill::outbox_relay
