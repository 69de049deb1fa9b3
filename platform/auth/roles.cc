#include "platform/auth/roles.h"

#include "platform/types/strings.h"

namespace waybill::auth {

std::string Roles::ToString() const {
  std::string text;
  for (const auto& [role, name] : EnumNames(Role{})) {
    if (Has(role)) StrAppend(&text, text.empty() ? "" : ", ", name);
  }
  return text;
}

}  // namespace waybill::auth
