#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "platform/events/topics.h"
#include "platform/kafka/topic_reader.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/verify/sources.h"

namespace waybill::verify {
namespace {

// A mail's headers are well below this size.
constexpr std::size_t kMailHeadBytes = 4096;
// How many file names are held at a time: about 5 MB.
constexpr std::size_t kMailFiles = 50'000;
// The longest time from a mail file getting its name to its being visible in the folder.
constexpr absl::Duration kLongestDelivery = absl::Minutes(1);

// Returns what follows `name` on its line.
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

// Finds the consumers that have yet to consume a record. Fast when consecutive records are of one
// partition.
class PartitionProgress {
 public:
  explicit PartitionProgress(const Consumption& consumption) : consumption_(consumption) {}

  std::uint8_t AwaitedBy(const kafka::Record& record) {
    if (record.partition() != partition_ || record.topic() != topic_) {
      topic_ = record.topic();
      partition_ = record.partition();
      const auto found = consumption_.next.find(record.topic_partition());
      next_ = found == consumption_.next.end() ? nullptr : &found->second;
    }
    std::uint8_t consumers = 0;
    for (int i = 0; next_ != nullptr && i < kConsumers; ++i) {
      if (record.offset() >= (*next_)[i]) consumers |= static_cast<std::uint8_t>(1 << i);
    }
    return consumers;
  }

 private:
  const Consumption& consumption_;
  std::string topic_;
  std::int32_t partition_ = -1;
  const std::array<std::int64_t, kConsumers>* next_ = nullptr;
};

// A partition that doesn't begin at offset 0 has lost the records before its first one to
// retention.
absl::Status FindHorizon(kafka::TopicReader& reader, const std::vector<kafka::RecordRange>& ranges,
                         SourceReport& report) {
  std::vector<kafka::RecordRange> firsts;
  for (const kafka::RecordRange& range : ranges) {
    if (range.first == 0) continue;
    if (range.first >= range.end) {
      report.records_from = absl::ToUnixMicros(absl::Now());
      continue;
    }
    firsts.push_back({range.partition, range.first, range.first + 1});
  }
  return reader.Read(firsts, [&](const kafka::Record& record) {
    report.records_from =
        std::max(report.records_from, static_cast<Micros>(absl::ToUnixMicros(record.timestamp())));
    return true;
  });
}

struct MailFile {
  ino_t inode;
  std::string name;
  Micros at;
};

// Returns the next kMailFiles files that were received at or after `since`, sorted by inode: a
// folder lists its files in no useful order, and the disk is read fastest in this one. Empty at the
// folder's end.
std::vector<MailFile> NextMailFiles(DIR* entries, Micros since) {
  std::vector<MailFile> files;
  while (files.size() < kMailFiles) {
    const dirent* const entry = ::readdir(entries);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    // The name is "<nanoseconds>-<number>.eml"; a file whose name begins with a dot is unfinished.
    if (!name.ends_with(".eml") || name.starts_with('.')) continue;
    std::int64_t nanoseconds = 0;
    std::from_chars(name.data(), name.data() + name.size(), nanoseconds);
    const Micros at = nanoseconds / 1000;
    if (at >= since) files.push_back({entry->d_ino, std::string(name), at});
  }
  std::ranges::sort(files, {}, &MailFile::inode);
  return files;
}

// Returns nullopt if the file is gone or is not a mail from notification_svc.
std::optional<OrderFact> ReadMail(int folder, const MailFile& mail) {
  const int file = ::openat(folder, mail.name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::array<char, kMailHeadBytes> head;
  const ssize_t size = ::read(file, head.data(), head.size());
  ::close(file);
  const std::string_view text(head.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  std::string_view message_id = HeaderOf(text, "\nMessage-ID: <");
  message_id = message_id.substr(0, message_id.find('@'));
  const absl::StatusOr<Uuid> id = Uuid::Parse(message_id);
  if (!id.ok()) return std::nullopt;
  OrderFact fact;
  fact.kind = FactKind::kSunkMail;
  fact.order = JoinKey(HeaderOf(text, "\nX-Waybill-Order-Id: "));
  fact.id = *id;
  fact.at = mail.at;
  return fact;
}

}  // namespace

absl::Status ReadTopics(const kafka::KafkaConfig& kafka, const Look& look, FactSink& sink,
                        SourceReport& report) {
  ASSIGN_OR_RETURN(std::unique_ptr<kafka::TopicReader> reader, kafka::TopicReader::Create(kafka));
  std::vector<kafka::RecordRange> ranges;
  // By Topic.
  std::array<int, kNumberedTopics + 1> partitions{};
  for (const char* topic : {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic,
                            events::kOrderDlqTopic, events::kPaymentDlqTopic,
                            events::kInventoryDlqTopic, events::kNotificationDlqTopic}) {
    ASSIGN_OR_RETURN(const auto whole, reader->Whole(kafka.topic_prefix + topic));
    ranges.insert(ranges.end(), whole.begin(), whole.end());
    int& count = partitions[static_cast<std::size_t>(TopicOf(topic))];
    count = std::max(count, static_cast<int>(whole.size()));
  }
  RETURN_IF_ERROR(FindHorizon(*reader, ranges, report));
  for (kafka::RecordRange& range : ranges) {
    report.read_to[range.partition] = range.end;
    if (look.suspects == nullptr) continue;
    const auto seen = look.suspects->read_to.find(range.partition);
    if (seen != look.suspects->read_to.end()) range.first = std::max(range.first, seen->second);
  }
  PartitionProgress progress(look.consumption);
  return reader->Read(ranges, [&](const kafka::Record& record) {
    OrderFact fact = FactOf(record, TopicOf(record.topic().substr(kafka.topic_prefix.size())));
    fact.count = progress.AwaitedBy(record);
    fact.flag =
        !kafka::MayHold(record.partition(), record.key().value_or(""), partitions[fact.source]);
    sink.orders.Add(fact);
    ++report.read;
    return true;
  });
}

absl::Status ReadMailSink(const std::string& folder, const Look& look, FactSink& sink,
                          SourceReport& report) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), &::closedir);
  if (entries == nullptr) {
    return absl::NotFoundError(
        StrCat("can't open the mail folder ", folder, ": ", std::strerror(errno)));
  }
  // A file's name holds the time at which the mail was received, shortly before the file appears.
  const Micros since = look.suspects == nullptr
                           ? 0
                           : look.suspects->looked_at - absl::ToInt64Microseconds(kLongestDelivery);
  for (std::vector<MailFile> files; !(files = NextMailFiles(entries.get(), since)).empty();) {
    for (const MailFile& file : files) {
      const std::optional<OrderFact> fact = ReadMail(::dirfd(entries.get()), file);
      if (!fact) continue;
      sink.orders.Add(*fact);
      ++report.read;
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::verify
