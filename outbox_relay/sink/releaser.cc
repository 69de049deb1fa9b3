#include "outbox_relay/sink/releaser.h"

#include "outbox_relay/base/steady_time.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTime = absl::Milliseconds(500);
constexpr absl::Duration kSendTimeout = absl::Seconds(2);
constexpr int kBatchRows = 200;
constexpr std::int64_t kBatchBytes = 1 << 20;

}  // namespace

absl::Status Releaser::Run() {
  RETURN_IF_ERROR(RequestForNewTopics());
  if (parking_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(parking_.Store());
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
  for (const std::string& topic : topics_.Unknown()) {
    if (!topics_.Recheck(topic)) continue;
    RETURN_IF_ERROR(store_.RequestReleaseOfTopic(topic, absl::ToInt64Seconds(unknown_topic_)));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Releaser::ReleaseSome(const ParkedKey& key) {
  ASSIGN_OR_RETURN(std::vector<ParkedRow> rows, store_.BeginRelease(key, kBatchRows, kBatchBytes));
  std::vector<Record> records;
  for (const ParkedRow& row : rows) {
    if (row.reason == ParkReason::kUnreadable) break;
    records.push_back(row.ToRecord());
  }
  LoneOutcome outcome;
  if (!records.empty()) {
    ASSIGN_OR_RETURN(outcome, alone_.Send(records, kSendTimeout));
  }
  const std::size_t done = outcome.acknowledged;
  for (std::size_t i = 0; i < done; ++i) counts_.PublishedAlone(records[i]);
  ParkedRow* refused = nullptr;
  if (outcome.refused) {
    refused = &rows[done];
    refused->reason = *outcome.refused;
    refused->error = outcome.error;
  } else if (done == records.size() && done < rows.size()) {
    // An unreadable row makes no record, now as before.
    refused = &rows[done];
  }
  ASSIGN_OR_RETURN(const bool freed, store_.EndRelease(key, rows, done, refused));
  if (freed) {
    parking_.Free(key);
    topics_.Reopen(key.topic);
    log::Info("the key is released: none of its rows is parked any more",
              {{"source", store_.source()}, {"topic", key.topic}, {"key", key.key}});
    return false;
  }
  if (refused != nullptr) {
    log::Warn("the release of the key stops: a row can't be published",
              {{"source", store_.source()},
               {"topic", key.topic},
               {"key", key.key},
               {"row", refused->row_id},
               {"reason", ReasonName(refused->reason)},
               {"error", refused->error}});
  }
  return refused == nullptr && done == records.size() && done > 0;
}

}  // namespace waybill::outbox_relay
