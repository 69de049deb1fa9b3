// The operations on intents. Each runs inside one transaction of the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tools/payment_sandbox/ledger.h"
#include "tools/payment_sandbox/replies.h"

namespace waybill::payment_sandbox {

using Params = std::map<std::string, std::string>;

// Returns the parameters "metadata[NAME]", by NAME.
std::map<std::string, std::string> MetadataOf(const Params& params);

// Validates the parameters of the operation (authorize, capture, cancel or refund). Returns an
// error answer, which must not be stored, or nullopt if they are valid.
std::optional<Reply> Validate(const std::string& operation, const Params& params);

// Performs the operation. The parameters must have passed Validate; `intent` is used by capture and
// cancel.
Reply Perform(Ledger& ledger, const std::string& operation, const std::string& intent,
              const Params& params);

}  // namespace waybill::payment_sandbox
