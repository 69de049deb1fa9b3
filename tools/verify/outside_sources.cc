#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "platform/events/topics.h"
#include "platform/kafka/topic_reader.h"
#include "platform/types/strings.h"
#include "tools/verify/sources.h"

namespace waybill::verify {
namespace {

// A mail's header is well below this.
constexpr std::size_t kMailHeadBytes = 4096;

// What stands after `name` on its line, between < and > where there are such.
std::string_view HeaderOf(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + name.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

OrderFact FactOf(const kafka::Record& record, Topic topic) {
  OrderFact fact;
  fact.kind = FactKind::kRecord;
  fact.source = static_cast<std::uint8_t>(topic);
  fact.order = JoinKey(record.key().value_or(""));
  const absl::StatusOr<Uuid> id = Uuid::Parse(record.Header("ce_id").value_or(""));
  fact.id =
      id.ok()
          ? *id
          : Uuid::FromName(StrCat(record.topic(), "/", record.partition(), "/", record.offset()));
  const std::string_view sequence = record.Header("ce_sequence").value_or("");
  std::from_chars(sequence.data(), sequence.data() + sequence.size(), fact.number);
  fact.at = absl::ToUnixMicros(record.timestamp());
  fact.amount = static_cast<std::int64_t>(record.partition()) << 48 | record.offset();
  return fact;
}

// Records before the first one that is still there have gone.
absl::Status FindHorizon(kafka::TopicReader& reader, const std::vector<kafka::RecordRange>& ranges,
                         SourceReport& report) {
  std::vector<kafka::RecordRange> firsts;
  for (const kafka::RecordRange& range : ranges) {
    if (range.first == 0) continue;
    if (range.first >= range.end) {
      report.history_from = absl::ToUnixMicros(absl::Now());
      continue;
    }
    firsts.push_back({range.partition, range.first, range.first + 1});
  }
  return reader.Read(firsts, [&](const kafka::Record& record) {
    report.history_from =
        std::max(report.history_from, static_cast<Micros>(absl::ToUnixMicros(record.timestamp())));
    return true;
  });
}

}  // namespace

absl::Status ReadTopics(const kafka::KafkaConfig& kafka, FactSink& sink, SourceReport& report) {
  absl::StatusOr<std::unique_ptr<kafka::TopicReader>> reader = kafka::TopicReader::Create(kafka);
  if (!reader.ok()) return reader.status();
  std::vector<kafka::RecordRange> ranges;
  for (const char* topic : {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic,
                            events::kOrderDlqTopic, events::kPaymentDlqTopic,
                            events::kInventoryDlqTopic, events::kNotificationDlqTopic}) {
    const auto whole = (*reader)->Whole(kafka.topic_prefix + topic);
    if (!whole.ok()) return whole.status();
    ranges.insert(ranges.end(), whole->begin(), whole->end());
  }
  if (absl::Status status = FindHorizon(**reader, ranges, report); !status.ok()) return status;
  return (*reader)->Read(ranges, [&](const kafka::Record& record) {
    sink.orders.Add(FactOf(record, TopicOf(record.topic().substr(kafka.topic_prefix.size()))));
    ++report.read;
    return true;
  });
}

absl::Status ReadMailSink(const std::string& folder, FactSink& sink, SourceReport& report) {
  std::error_code error;
  std::string head(kMailHeadBytes, '\0');
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    // "<nanoseconds>-<number>.eml"; a name with a dot in front is not finished.
    if (at->path().extension() != ".eml" || name.starts_with('.')) continue;
    std::ifstream file(at->path(), std::ios::binary);
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    const std::string_view text(head.data(), static_cast<std::size_t>(file.gcount()));
    std::string_view message_id = HeaderOf(text, "\nMessage-ID: <");
    message_id = message_id.substr(0, message_id.find('@'));
    OrderFact fact;
    fact.kind = FactKind::kSunkMail;
    fact.order = JoinKey(HeaderOf(text, "\nX-Waybill-Order-Id: "));
    const absl::StatusOr<Uuid> id = Uuid::Parse(message_id);
    // Not one of ours.
    if (!id.ok()) continue;
    fact.id = *id;
    std::int64_t nanoseconds = 0;
    std::from_chars(name.data(), name.data() + name.size(), nanoseconds);
    fact.at = nanoseconds / 1000;
    sink.orders.Add(fact);
    ++report.read;
  }
  if (error) return absl::NotFoundError(StrCat("mail folder ", folder, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace waybill::verify
