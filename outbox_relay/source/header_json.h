// Makes Kafka headers of the members of a JSON object.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outbox_relay/base/record.h"

namespace waybill::outbox_relay {

// Appends a header for each member of the JSON object `json`: strings as their text (UTF-8, half a
// surrogate pair as U+FFFD), null not at all, anything else as it is written. The headers refer to `json` and to `scratch`, whose content
// is replaced. False if `json` is not an object; `headers` is then undefined.
bool AppendJsonHeaders(std::string_view json, std::vector<Header>* headers, std::string* scratch);

}  // namespace waybill::outbox_relay
