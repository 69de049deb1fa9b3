// Delivery is the outcome of an attempt to send a mail.
#pragma once

#include <array>
#include <string>

#include "platform/types/enum_names.h"

namespace waybill::notification_svc {

struct Delivery {
  enum class Outcome {
    // The server has accepted the mail.
    kSent,
    // The server refused this mail for good (SMTP 5xx), or it can't be sent at all.
    kRefused,
    // The server refused it for now (SMTP 4xx), or the connection was cut: retry.
    kDeferred,
    // The server could not be reached: retry; every other mail would fail as well.
    kUnreachable,
  };

  Outcome outcome = Outcome::kDeferred;
  // The server's last reply code, 0 when there was none.
  int code = 0;
  // What was wrong, for people; may quote the server, which may quote an address: not for the log.
  std::string error = {};
};

constexpr auto EnumNames(Delivery::Outcome) {
  using Outcome = Delivery::Outcome;
  return std::to_array<EnumName<Outcome>>({{Outcome::kSent, "sent"},
                                           {Outcome::kRefused, "refused"},
                                           {Outcome::kDeferred, "deferred"},
                                           {Outcome::kUnreachable, "unreachable"}});
}

enum class MailState {
  kPending,
  kSent,
  // Refused for good.
  kFailed,
};

constexpr auto EnumNames(MailState) {
  return std::to_array<EnumName<MailState>>({{MailState::kPending, "PENDING"},
                                             {MailState::kSent, "SENT"},
                                             {MailState::kFailed, "FAILED"}});
}

// The next state of a pending mail.
constexpr MailState StateAfter(Delivery::Outcome outcome) {
  switch (outcome) {
    case Delivery::Outcome::kSent:
      return MailState::kSent;
    case Delivery::Outcome::kRefused:
      return MailState::kFailed;
    case Delivery::Outcome::kDeferred:
    case Delivery::Outcome::kUnreachable:
      break;
  }
  return MailState::kPending;
}

}  // namespace waybill::notification_svc
