// Waits until the system is at rest.
#pragma once

#include "absl/status/status.h"
#include "tools/verify/verifier.h"

namespace waybill::verify {

// Blocks until every order has ended, no payment and no mail is due, the newest row of each outbox
// is on its topic and every consumer has committed all records on its topics; then for another
// options.idle. Errors: kDeadlineExceeded when that takes longer than options.drain (the message
// says what is still under way); others as for Verify.
absl::Status WaitForRest(const VerifyOptions& options);

}  // namespace waybill::verify
