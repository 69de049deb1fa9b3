#include "outbox_relay/sink/trial.h"

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
absl::StatusOr<Verdict> Trial::OfClosedTopic(const Record& record, const Topic& topic) {
  Verdict verdict{Verdict::Kind::kRefused, *topic.closed, topic.error};
  if (!topic.refused || SteadyNow() < topic.retry_at) return verdict;
  ASSIGN_OR_RETURN(const LoneOutcome outcome, alone_.Send({record}));
  if (outcome.acknowledged == 1) {
    topics_.Reopen(record.topic);
    counts_.PublishedAlone(record);
    return Verdict{.kind = Verdict::Kind::kPublished};
  }
  verdict.error = outcome.error;
  topics_.Close(record.topic, verdict.reason, verdict.error);
  return verdict;
}

absl::StatusOr<Verdict> Trial::OfDoubtful(const Record& record, const Topic& topic) {
  ASSIGN_OR_RETURN(const LoneOutcome outcome, alone_.Send({record}));
  if (outcome.acknowledged == 1) {
    suspects_.Clear(record);
    counts_.PublishedAlone(record);
    return Verdict{.kind = Verdict::Kind::kPublished};
  }
  if (outcome.answered && !outcome.refused) {
    return absl::UnavailableError(
        StrCat("Kafka takes no record for topic ", record.topic, " for now: ", outcome.error));
  }
  if (!outcome.refused) {
    topics_.Forget(record.topic);
    return Verdict{.kind = Verdict::Kind::kLater};
  }
  suspects_.Clear(record);
  std::string error = outcome.error;
  if (*outcome.refused == ParkReason::kTooLarge) {
    StrAppend(&error, " (about ", record.WireSize(), " bytes before compression; the limit is ",
              topic.max_bytes, ")");
  }
  if (*outcome.refused == ParkReason::kNotAuthorised ||
      *outcome.refused == ParkReason::kUnknownTopic) {
    topics_.Close(record.topic, *outcome.refused, outcome.error);
  }
  return Verdict{Verdict::Kind::kRefused, *outcome.refused, std::move(error)};
}

}  // namespace waybill::outbox_relay
