#include "outbox_relay/parking/row_identity.h"

#include <string_view>
#include <vector>

#include "outbox_relay/base/digest.h"

namespace waybill::outbox_relay {

RowIdentity RowIdentity::Of(const Record& record, const RowName& name) {
  if (name.row_id.empty()) return {};
  std::vector<std::string_view> parts = {name.row_id, record.topic, record.key,
                                         record.has_value ? "value" : "", record.value};
  for (const Header& header : record.headers) {
    parts.push_back(header.name);
    parts.push_back(header.value);
  }
  return {Digest(parts), name.xid};
}

}  // namespace waybill::outbox_relay
