// Viewer is who wants to see something that belongs to a user.
#pragma once

#include "platform/types/names.h"

namespace waybill {

// A plain value.
struct Viewer {
  UserId user;
  // Whether it sees what belongs to others.
  bool sees_all = false;

  bool MaySee(const UserId& owner) const { return sees_all || user == owner; }
};

}  // namespace waybill
