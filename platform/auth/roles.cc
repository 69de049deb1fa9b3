#include "platform/auth/roles.h"

#include "platform/types/strings.h"

namespace waybill::auth {
namespace {

struct Name {
  Role role;
  const char* text;
};

constexpr Name kNames[] = {{Role::kCustomer, "customer"},
                           {Role::kOperator, "operator"},
                           {Role::kAuditor, "auditor"},
                           {Role::kService, "service"}};

}  // namespace

std::optional<Role> RoleOf(std::string_view name) {
  for (const Name& one : kNames) {
    if (name == one.text) return one.role;
  }
  return std::nullopt;
}

std::string Roles::ToString() const {
  std::string text;
  for (const Name& one : kNames) {
    if (Has(one.role)) StrAppend(&text, text.empty() ? "" : ", ", one.text);
  }
  return text;
}

}  // namespace waybill::auth
