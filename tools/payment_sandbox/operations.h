// The operations on intents, each inside one transaction of the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tools/payment_sandbox/ledger.h"
#include "tools/payment_sandbox/replies.h"

namespace waybill::payment_sandbox {

using Params = std::map<std::string, std::string>;

// The parameters of "metadata[NAME]".
std::map<std::string, std::string> MetadataOf(const Params& params);

// What is wrong with the parameters of the operation (authorize, capture, cancel, refund): an
// answer that is not stored. Nothing: they are fine.
std::optional<Reply> Validate(const std::string& operation, const Params& params);

// Does it. The parameters must have passed Validate; `intent` is for capture and cancel.
Reply Perform(Ledger& ledger, const std::string& operation, const std::string& intent,
              const Params& params);

}  // namespace waybill::payment_sandbox
