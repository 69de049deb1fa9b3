// Everything that is stored about one order, in any database or topic, as plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tools/verify/facts.h"

namespace waybill::orderctl {

// A committed event of the order.
struct EventFinding {
  // The service whose outbox holds it: "order_svc".
  std::string source;
  std::string topic;
  // "OrderPlaced".
  std::string type;
  std::int64_t sequence = 0;
  std::string id;
  // A reason or an outcome; "" when there is nothing to add.
  std::string note;
  absl::Time committed_at;
  // The event's partition and offset in its topic, "3/1042"; nullopt when it is not in the topic
  // (or Kafka can't be read).
  std::optional<std::string> record;
  absl::Time published_at;
  // When each consumer recorded it in its inbox.
  std::map<verify::Consumer, absl::Time> noted_at;
};

// A parked event, or outbox row, of the order.
struct ParkedFinding {
  // The consumer that parked it, or "the relay".
  std::string by;
  std::int64_t id = 0;
  std::string topic;
  std::string type;
  std::string reason;
  std::string error;
  absl::Time at;
};

struct TransitionFinding {
  std::string state;
  std::string reason;
  absl::Time at;
};

struct PaymentFinding {
  std::string state;
  // The step under way, such as "authorize"; "" when there is none.
  std::string step;
  absl::Time step_started_at;
  int tries = 0;
  std::optional<absl::Time> due_at;
  // How the provider's last answer contradicts what was asked for; "" if it doesn't.
  std::string mismatch;
};

struct MailFinding {
  // PENDING, SENT or FAILED.
  std::string state;
  std::string subject;
  std::string error;
  int tries = 0;
  // When it was sent, or, before that, written.
  absl::Time at;
  absl::Time due_at;
};

// An answer that the provider has stored.
struct ProviderFinding {
  // "authorize", "capture" …
  std::string step;
  int http_status = 0;
  absl::Time at;
};

struct Findings {
  // The order's state now; "" when the order doesn't exist.
  std::string state;
  // Begins with PLACED; empty when the order doesn't exist.
  std::vector<TransitionFinding> history;
  // Whether transitions after PLACED are not stored any more.
  bool history_retired = false;
  absl::Time deadline;
  // In order of commit within each source.
  std::vector<EventFinding> events;
  std::vector<ParkedFinding> parked;
  std::optional<PaymentFinding> payment;
  std::vector<MailFinding> mails;
  std::vector<ProviderFinding> provider_answers;
  // Whether the topics could be read; if not, `record` is nullopt for every event.
  bool knows_topics = false;
};

}  // namespace waybill::orderctl
