// All that is stored about one order, wherever it is, as plain values.
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
  // Whose outbox it is in: "order_svc".
  std::string source;
  std::string topic;
  // "OrderPlaced".
  std::string type;
  std::int64_t sequence = 0;
  std::string id;
  // A reason, an outcome; "" when there is nothing to add.
  std::string note;
  absl::Time committed_at;
  // "3/1042": where it is in its topic; nothing when it is not there (or Kafka can't be read).
  std::optional<std::string> record;
  absl::Time published_at;
  // When each consumer noted it.
  std::map<verify::Consumer, absl::Time> noted_at;
};

// A parked event, or outbox row, of the order.
struct ParkedFinding {
  // The consumer, or "the relay".
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
  // "" when none is under way.
  std::string step;
  absl::Time step_started_at;
  int tries = 0;
  std::optional<absl::Time> due_at;
};

struct MailFinding {
  // PENDING, SENT or FAILED.
  std::string state;
  std::string subject;
  std::string error;
  int tries = 0;
  // When it was sent, or written.
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
  // Empty when there is no such order.
  std::vector<TransitionFinding> history;
  absl::Time deadline;
  // In order of commit within each source.
  std::vector<EventFinding> events;
  std::vector<ParkedFinding> parked;
  std::optional<PaymentFinding> payment;
  std::vector<MailFinding> mails;
  std::vector<ProviderFinding> provider_answers;
  // Whether the topics could be read; else no event is known to be published.
  bool knows_topics = false;
};

}  // namespace waybill::orderctl
