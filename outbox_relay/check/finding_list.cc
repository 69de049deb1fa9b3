#include "outbox_relay/check/finding_list.h"

namespace waybill::outbox_relay {

std::string Value(PgConnection& connection, const std::string& sql,
                  const std::vector<PgConnection::Param>& params) {
  auto result = connection.Exec(sql, params);
  return result.ok() && result->rows() > 0 ? std::string(result->Text(0, 0)) : "";
}

}  // namespace waybill::outbox_relay
