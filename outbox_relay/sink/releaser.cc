#include "outbox_relay/sink/releaser.h"

#include "outbox_relay/base/printable.h"
#include "outbox_relay/base/steady_time.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTime = absl::Milliseconds(500);
constexpr int kBatchRows = 200;
constexpr std::int64_t kBatchBytes = 1 << 20;

}  // namespace

absl::Status Releaser::Run() {
  RETURN_IF_ERROR(parking_.Store());
  RETURN_IF_ERROR(RequestForNewTopics());
  if (parking_.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<ParkedKey> requests, store_.ReleaseRequests());
  const SteadyTime deadline = SteadyNow() + kTime;
  for (const ParkedKey& key : requests) {
    for (bool more = true; more && SteadyNow() < deadline;) {
      ASSIGN_OR_RETURN(more, ReleaseSome(key));
    }
  }
  return absl::OkStatus();
}

absl::Status Releaser::RequestForNewTopics() {
  const std::int64_t seconds = absl::ToInt64Seconds(unknown_topic_);
  if (!parking_.empty() && (topics_.TakeForgotUnknown() || !has_loaded_topics_)) {
    ASSIGN_OR_RETURN(const std::vector<std::string> unknown, store_.LoadUnknownTopics(seconds));
    topics_.AddUnknown(unknown);
  }
  has_loaded_topics_ = true;
  const std::vector<std::string> appeared = topics_.Appeared();
  return appeared.empty() ? absl::OkStatus() : store_.RequestReleaseOfTopics(appeared, seconds);
}

absl::StatusOr<LoneOutcome> Releaser::Send(const ParkedKey& key,
                                           const std::vector<ParkedRow>& rows) {
  if (rows.empty()) return LoneOutcome{};
  // A producer would wait for such a topic.
  if (const Topic* closed = topics_.Recheck(key.topic)) {
    return LoneOutcome{.answered = true, .refused = closed->closed, .error = closed->error};
  }
  if (rows[0].payload_omitted && rows[0].reason != ParkReason::kUnreadable) {
    return SendFromOutbox(rows[0]);
  }
  std::vector<Record> records;
  for (const ParkedRow& row : rows) {
    if (row.reason == ParkReason::kUnreadable) break;
    records.push_back(row.ToRecord());
  }
  LoneOutcome outcome;
  if (!records.empty()) {
    ASSIGN_OR_RETURN(outcome, alone_.Send(records));
  }
  for (std::size_t i = 0; i < outcome.acknowledged; ++i) counts_.PublishedAlone(records[i]);
  if (outcome.acknowledged == records.size() && records.size() < rows.size()) {
    // It makes no record, now as before.
    outcome.refused = ParkReason::kUnreadable;
    outcome.error = rows[records.size()].error;
  }
  return outcome;
}

absl::StatusOr<LoneOutcome> Releaser::SendFromOutbox(const ParkedRow& row) {
  LoneOutcome outcome;
  const absl::Status read = read_row_(row, [this, &outcome](const Record& record) -> absl::Status {
    ASSIGN_OR_RETURN(outcome, alone_.Send({record}));
    if (outcome.acknowledged == 1) counts_.PublishedAlone(record);
    return absl::OkStatus();
  });
  if (read.ok()) return outcome;
  return LoneOutcome{.refused = ParkReason::kRefused,
                     .error = StrCat("the row is too large to be copied, and can't be read from the"
                                     " outbox again: ",
                                     read.message())};
}

absl::StatusOr<bool> Releaser::ReleaseSome(const ParkedKey& key) {
  ASSIGN_OR_RETURN(std::vector<ParkedRow> rows, store_.BeginRelease(key, kBatchRows, kBatchBytes));
  const absl::StatusOr<LoneOutcome> sent = Send(key, rows);
  if (!sent.ok()) {
    // A checkpoint stored in this transaction would be lost with it.
    RETURN_IF_ERROR(store_.AbandonRelease());
    return sent.status();
  }
  const LoneOutcome& outcome = *sent;
  const std::size_t done = outcome.acknowledged;
  ParkedRow* refused = nullptr;
  if (outcome.refused) {
    refused = &rows[done];
    refused->reason = *outcome.refused;
    refused->error = outcome.error;
  }
  ASSIGN_OR_RETURN(const bool freed, store_.EndRelease(key, rows, done, refused));
  if (freed) {
    parking_.Free(key);
    topics_.Reopen(key.topic);
    log::Info(
        "the key is released: none of its rows is parked any more",
        {{"source", store_.source()}, {"topic", Excerpt(key.topic)}, {"key", Excerpt(key.key)}});
    return false;
  }
  if (done == rows.size()) return done > 0;
  log::Warn(refused != nullptr ? "the release of the key stops: a row can't be published"
                               : "the release of the key waits: Kafka takes no record for now",
            {{"source", store_.source()},
             {"topic", Excerpt(key.topic)},
             {"key", Excerpt(key.key)},
             {"row", Excerpt(rows[done].row_id)},
             {"reason", ReasonName(rows[done].reason)},
             {"error", outcome.error}});
  return false;
}

}  // namespace waybill::outbox_relay
