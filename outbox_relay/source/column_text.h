// Makes text of a column's value, in whichever form PostgreSQL sent it.
#pragma once

#include <string>
#include <string_view>

#include "outbox_relay/source/columns.h"

namespace waybill::outbox_relay {

// What `value::text` is in PostgreSQL (with bytea_output = hex and the like, see
// base/session_settings.h), but timestamps in RFC 3339, UTC. A binary value of a form that has no
// readable one must be text already. Refers to `value` or to `scratch`, whose content is replaced.
// A null is "".
std::string_view ColumnText(const ColumnValue& value, ColumnForm form, std::string* scratch);

// What keys, values and headers are made of: as ColumnText, but a bytea's own bytes.
std::string_view ColumnBytes(const ColumnValue& value, ColumnForm form, std::string* scratch);

}  // namespace waybill::outbox_relay
