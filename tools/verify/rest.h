// Waiting until nothing is under way any more.
#pragma once

#include "absl/status/status.h"
#include "tools/verify/verifier.h"

namespace waybill::verify {

// Blocks until every order has ended, no payment and no mail is due, the newest row of each outbox
// is on its topic and every consumer has committed all that is on its topics; then for options.idle
// more. kDeadlineExceeded: that was not so within options.drain; the message says what is under
// way. Other errors as Verify's.
absl::Status WaitForRest(const VerifyOptions& options);

}  // namespace waybill::verify
