// Roles say what a caller may do. Which ones a method allows is written beside it in its proto
// (proto/waybill/access/v1/access.proto).
#pragma once

#include <array>
#include <initializer_list>
#include <string>

#include "platform/types/enum_names.h"

namespace waybill::auth {

// The numbers of waybill.access.v1.Role.
enum class Role { kCustomer = 1, kOperator = 2, kAuditor = 3, kService = 4 };

constexpr auto EnumNames(Role) {
  return std::to_array<EnumName<Role>>({{Role::kCustomer, "customer"},
                                        {Role::kOperator, "operator"},
                                        {Role::kAuditor, "auditor"},
                                        {Role::kService, "service"}});
}

// A set of roles. A plain value.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(std::initializer_list<Role> roles) {
    for (const Role role : roles) Add(role);
  }

  constexpr void Add(Role role) { bits_ |= Bit(role); }
  constexpr bool Has(Role role) const { return (bits_ & Bit(role)) != 0; }
  constexpr bool HasAnyOf(Roles other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

  // "customer, auditor".
  std::string ToString() const;

  friend constexpr bool operator==(Roles, Roles) = default;

 private:
  static constexpr unsigned Bit(Role role) { return 1U << static_cast<unsigned>(role); }

  unsigned bits_ = 0;
};

}  // namespace waybill::auth
