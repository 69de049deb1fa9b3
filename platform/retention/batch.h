// Batch says which rows a statement may retire.
#pragma once

#include "absl/time/time.h"

namespace waybill::retention {

struct Batch {
  // Rows last changed before this are past their retention.
  absl::Time before;
  // Rows at most, 1 to 10,000.
  int limit = 0;
};

}  // namespace waybill::retention
