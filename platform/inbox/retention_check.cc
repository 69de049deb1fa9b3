#include "platform/inbox/retention_check.h"

#include "platform/kafka/admin.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::inbox {

absl::Status CheckRetention(const ConsumerOptions& options,
                            const std::vector<std::string>& topics) {
  ASSIGN_OR_RETURN(const auto kept,
                   kafka::DescribeRetention(options.kafka, topics, absl::Seconds(5)));
  for (const auto& [topic, how_long] : kept) {
    const absl::Duration needed =
        options.inbox.outbox_retention + how_long.retention + how_long.segment;
    if (options.inbox.retention > needed) continue;
    return absl::InvalidArgumentError(
        StrCat("inbox.retention: ", absl::FormatDuration(options.inbox.retention), " is not over ",
               absl::FormatDuration(needed), ", which is inbox.outbox_retention (",
               absl::FormatDuration(options.inbox.outbox_retention), ") + retention.ms (",
               absl::FormatDuration(how_long.retention), ") + segment.ms (",
               absl::FormatDuration(how_long.segment), ") of topic ", topic,
               ": a republished event would take effect twice"));
  }
  for (const std::string& topic : topics) {
    if (!kept.contains(topic)) return absl::NotFoundError(StrCat("there is no topic ", topic));
  }
  return absl::OkStatus();
}

}  // namespace waybill::inbox
