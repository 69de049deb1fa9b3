// Named places where a test makes the process die, so that "nothing is lost when it dies at any
// line" can be tried line by line.
//
//   faults::Point("postgres.before_commit");
//
// WAYBILL_DIE_AT=postgres.before_commit:3 in the environment kills the process (SIGKILL) the third
// time it comes by. Without WAYBILL_FAULTS at compile time (release builds) a point is nothing at
// all. Thread-safe; a point that isn't armed costs one load.
#pragma once

#include <string_view>

namespace waybill::faults {

#ifdef WAYBILL_FAULTS
void Point(std::string_view name);
#else
inline void Point(std::string_view) {}
#endif

}  // namespace waybill::faults
