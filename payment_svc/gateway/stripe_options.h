// StripeOptions say how to reach the payment provider.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace waybill::payment_svc {

struct StripeOptions {
  // "https://api.stripe.com"; without a path. One that IsHttpUrl takes.
  std::string url;
  // One that FitsInHeader takes. Never logged.
  std::string api_key;
  // From the start of a call to its answer, connecting included.
  absl::Duration call_timeout = absl::Seconds(5);
  // Connections kept and calls under way at once.
  int max_in_flight = 64;
};

bool IsHttpUrl(const std::string& text);
// Visible ASCII characters, one at least.
bool FitsInHeader(const std::string& text);

}  // namespace waybill::payment_svc
