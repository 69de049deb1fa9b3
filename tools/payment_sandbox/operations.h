// The operations on intents, within a transaction of the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tools/payment_sandbox/ledger.h"
#include "tools/payment_sandbox/replies.h"

namespace waybill::payment_sandbox {

using Params = std::map<std::string, std::string>;

// The intent that the operation changes: `intent`, or the one that the parameters of a refund name. ""
// if there is none yet.
std::string IntentOf(const std::string& operation, const std::string& intent, const Params& params);

// Returns the parameters "metadata[NAME]", by NAME.
std::map<std::string, std::string> MetadataOf(const Params& params);

// Validates the parameters of the operation (authorize, capture, cancel or refund). Returns an
// error answer, which must not be stored, or nullopt if they are valid.
std::optional<Reply> Validate(const std::string& operation, const Params& params);

// Performs the operation on the ledger, which has loaded its intent. The parameters must have passed
// Validate; `intent` is used by capture and cancel.
Reply Perform(Ledger& ledger, const std::string& operation, const std::string& intent,
              const Params& params);

}  // namespace waybill::payment_sandbox
