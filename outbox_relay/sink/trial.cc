#include "outbox_relay/sink/trial.h"

#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(2);

}  // namespace

absl::StatusOr<Verdict> Trial::OfClosedTopic(const Record& record, const Topic& topic) {
  Verdict verdict{Verdict::Kind::kRefused, *topic.closed, topic.error};
  if (!topic.refused || SteadyNow() < topic.retry_at) return verdict;
  ASSIGN_OR_RETURN(const LoneOutcome outcome, alone_.Send({record}, kTimeout));
  if (outcome.acknowledged == 1) {
    topics_.Reopen(record.topic);
    counts_.PublishedAlone(record);
    return Verdict{.kind = Verdict::Kind::kPublished};
  }
  verdict.error = outcome.error;
  topics_.Close(record.topic, verdict.reason, verdict.error);
  return verdict;
}

absl::StatusOr<Verdict> Trial::OfSuspect(const Record& record) {
  ASSIGN_OR_RETURN(const LoneOutcome outcome, alone_.Send({record}, kTimeout));
  if (outcome.acknowledged == 1) {
    suspects_.Clear(record);
    counts_.PublishedAlone(record);
    return Verdict{.kind = Verdict::Kind::kPublished};
  }
  if (!outcome.refused) {
    topics_.Forget(record.topic);
    return Verdict{.kind = Verdict::Kind::kLater};
  }
  suspects_.Clear(record);
  if (*outcome.refused == ParkReason::kNotAuthorised ||
      *outcome.refused == ParkReason::kUnknownTopic) {
    topics_.Close(record.topic, *outcome.refused, outcome.error);
  }
  return Verdict{Verdict::Kind::kRefused, *outcome.refused, outcome.error};
}

}  // namespace waybill::outbox_relay
