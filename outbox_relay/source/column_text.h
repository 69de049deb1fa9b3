// Makes text of a column's value, in whichever form PostgreSQL sent it.
#pragma once

#include <string>
#include <string_view>

#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// Text, json, uuid, integers, booleans and timestamps (RFC 3339, UTC) have one; of any other type
// the bytes as they came, which for enums and domains over text is their text. Refers to `value` or
// to `scratch`, whose content is replaced. A null is "".
std::string_view ColumnText(const ColumnValue& value, std::uint32_t type, std::string* scratch);

// The bytes that a record's value is made of: as ColumnText, but a bytea's own bytes in every form.
std::string_view ColumnBytes(const ColumnValue& value, std::uint32_t type, std::string* scratch);

}  // namespace waybill::outbox_relay
