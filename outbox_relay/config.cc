#include "outbox_relay/config.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// The table that platform/outbox writes.
RowMapping WaybillProfile() {
  return {.topic = "{topic}",
          .key = "key",
          .payload = "payload",
          .headers = "headers",
          .header_rules = {{"ce_id", "event_id", ""},
                           {"ce_sequence", "sequence", ""},
                           {"ce_subject", "key", ""},
                           {"ce_time", "created_at", ""}},
          .row_id = "event_id",
          .order = "id",
          .tx = "tx",
          .time = "created_at"};
}

// The table that Debezium's outbox event router reads, with that router's default routing.
RowMapping DebeziumProfile() {
  return {.topic = "outbox.event.{aggregatetype}",
          .key = "aggregateid",
          .payload = "payload",
          .headers = "",
          .header_rules = {{"id", "id", ""}},
          .row_id = "id",
          .order = "",
          .tx = "",
          .time = ""};
}

RowMapping ReadMapping(ConfigReader& reader) {
  const std::string profile = reader.String("profile", "waybill");
  RowMapping mapping;
  if (profile == "waybill") {
    mapping = WaybillProfile();
  } else if (profile == "debezium") {
    mapping = DebeziumProfile();
  } else if (profile != "custom") {
    reader.AddError("profile", "is neither \"waybill\", \"debezium\" nor \"custom\"");
  }
  mapping.topic = reader.String("topic", mapping.topic);
  mapping.key = reader.String("columns.key", mapping.key);
  mapping.payload = reader.String("columns.payload", mapping.payload);
  mapping.headers = reader.String("columns.headers", mapping.headers);
  mapping.row_id = reader.String("columns.row_id", mapping.row_id);
  mapping.order = reader.String("columns.order", mapping.order);
  mapping.tx = reader.String("columns.tx", mapping.tx);
  mapping.time = reader.String("columns.time", mapping.time);
  if (mapping.topic.empty()) reader.AddError("topic", "is missing");
  if (mapping.payload.empty()) reader.AddError("columns.payload", "is missing");
  const auto from_columns = reader.Strings("headers");
  const auto constants = reader.Strings("constant_headers");
  if (!from_columns.empty() || !constants.empty()) mapping.header_rules.clear();
  for (const auto& [name, column] : from_columns)
    mapping.header_rules.push_back({name, column, ""});
  for (const auto& [name, value] : constants) mapping.header_rules.push_back({name, "", value});
  return mapping;
}

// <slot>_<number> has to fit into a name, and must not be taken for another source's.
void CheckSlot(ConfigReader& reader, const std::string& slot) {
  const bool allowed = std::all_of(slot.begin(), slot.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
  if (slot.empty() || slot.size() > 52 || !allowed) {
    reader.AddError("slot", "has to be 1 to 52 lower-case letters, digits and underscores");
    return;
  }
  const std::size_t underscore = slot.find_last_not_of("0123456789");
  if (underscore != std::string::npos && underscore + 1 < slot.size() && slot[underscore] == '_') {
    reader.AddError("slot", "must not end in _<number>: the relay numbers its slots that way");
  }
}

PartitionConfig ReadPartitions(ConfigReader& reader, const RowMapping& mapping) {
  // The functions that the migrations of Waybill's outbox make.
  const bool ours = reader.String("profile", "waybill") == "waybill";
  PartitionConfig partitions;
  partitions.create_function =
      reader.String("partitions.create_function", ours ? "outbox_create_partitions" : "");
  partitions.create_ahead_days = static_cast<int>(
      reader.Int("partitions.create_ahead_days", partitions.create_ahead_days, {1, 3660}));
  partitions.retention = reader.Duration(
      "partitions.retention", ours && !mapping.tx.empty() ? absl::Hours(168) : absl::ZeroDuration(),
      {absl::ZeroDuration(), absl::Hours(24 * 3660)});
  partitions.drop_function =
      reader.String("partitions.drop_function", ours ? "outbox_drop_partition" : "");
  if (partitions.retention > absl::ZeroDuration() && mapping.tx.empty()) {
    reader.AddError("partitions.retention",
                    "needs columns.tx: without one nobody knows what is published");
  }
  partitions.every =
      reader.Duration("partitions.every", partitions.every, {absl::Seconds(1), absl::Hours(24)});
  return partitions;
}

SourceConfig ReadSource(ConfigReader& reader) {
  SourceConfig source;
  source.name = reader.String("name");
  source.conninfo = reader.String("conninfo");
  source.publication = reader.String("publication");
  source.slot = reader.String("slot");
  CheckSlot(reader, source.slot);
  const std::vector<std::string> table = absl::StrSplit(reader.String("table", "outbox"), '.');
  if (table.size() > 2) reader.AddError("table", "is neither \"table\" nor \"schema.table\"");
  source.schema = table.size() == 2 ? table[0] : "public";
  source.table = table.back();
  source.mapping = ReadMapping(reader);
  source.rows_are_kept =
      reader.Bool("rows_are_kept", reader.String("profile", "waybill") == "waybill");
  source.partitions = ReadPartitions(reader, source.mapping);
  return source;
}

// Two connection strings may reach one database without looking alike: the leader lock finds that.
void CheckAgainst(const std::vector<SourceConfig>& others, const SourceConfig& source,
                  ConfigReader& reader) {
  for (const SourceConfig& other : others) {
    if (other.name == source.name) reader.AddError("name", "is another source's, too");
    if (other.slot == source.slot && other.conninfo.Get() == source.conninfo.Get()) {
      reader.AddError("slot", StrCat("is that of source \"", other.name,
                                     "\", too: give each source of a database its own"));
    }
  }
}

LimitsConfig ReadLimits(ConfigReader& reader) {
  LimitsConfig limits;
  limits.in_flight_bytes = static_cast<std::size_t>(
      reader.Int("limits.in_flight_bytes", static_cast<std::int64_t>(limits.in_flight_bytes),
                 {64 << 10, 1LL << 30}));
  limits.in_flight_records = static_cast<std::size_t>(
      reader.Int("limits.in_flight_records", static_cast<std::int64_t>(limits.in_flight_records),
                 {1, 1 << 20}));
  limits.parked_payload_bytes = static_cast<std::size_t>(
      reader.Int("limits.parked_payload_bytes",
                 static_cast<std::int64_t>(limits.parked_payload_bytes), {0, 64LL << 20}));
  limits.catch_up_bytes =
      reader.Int("limits.catch_up_bytes", limits.catch_up_bytes, {0, 1LL << 50});
  limits.lease =
      reader.Duration("limits.lease", limits.lease, {absl::Seconds(2), absl::Minutes(5)});
  limits.stalled_after = reader.Duration("limits.stalled_after", limits.stalled_after,
                                         {absl::Seconds(1), absl::Hours(1)});
  limits.unknown_topic = reader.Duration("limits.unknown_topic", limits.unknown_topic,
                                         {absl::ZeroDuration(), absl::Hours(24)});
  limits.republish_rows_per_second = reader.Int("limits.republish_rows_per_second",
                                                limits.republish_rows_per_second, {1, 1'000'000});
  return limits;
}

}  // namespace

SourceConfig SourceConfig::Fixed() const {
  SourceConfig fixed = *this;
  fixed.conninfo = Live<std::string>(conninfo.Get());
  return fixed;
}

RelayConfig ReadConfig(ConfigReader& reader) {
  RelayConfig config;
  config.kafka.brokers = reader.String("kafka.brokers");
  config.kafka.topic_prefix = reader.String("kafka.topic_prefix", "");
  std::map<std::string, std::string> properties = reader.Strings("kafka.properties");
  properties.merge(reader.SecretsFromFiles("kafka.property_files"));
  config.kafka.properties.Set(std::move(properties));
  config.limits = ReadLimits(reader);
  config.metrics = metrics::ReadMetricsConfig(reader);
  for (ConfigReader* reader_of_source : reader.Tables("source")) {
    SourceConfig source = ReadSource(*reader_of_source);
    CheckAgainst(config.sources, source, *reader_of_source);
    config.sources.push_back(std::move(source));
  }
  if (config.sources.empty()) reader.AddError("source", "at least one [[source]] is needed");
  return config;
}

}  // namespace waybill::outbox_relay
