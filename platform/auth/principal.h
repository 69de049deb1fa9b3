// Principal is who a call comes from, proved by its credentials.
#pragma once

#include <string>
#include <vector>

#include "platform/auth/roles.h"
#include "platform/types/names.h"

namespace waybill::auth {

struct Principal {
  // For whom the call acts. For a service: the user it names, or the service itself.
  UserId user;
  Roles roles;
  // How it was proved: "jwt", "jwt NAME" of one that acts for somebody else, "key PREFIX", "mtls NAME" or
  // "metadata".
  // It holds no secret, and is fit for a log.
  std::string credential;
  // Whether [limits] apply; they don't to a service that calls in its own name.
  bool is_limited = true;
  // Where not empty, the only methods that may be called, whatever the roles allow: "OrderService" or
  // "OrderService.GetOrder".
  std::vector<std::string> methods = {};
};

}  // namespace waybill::auth
