// A fault point is a named place where a test makes the process die, so that tests can check line
// by line that nothing is lost when it dies there.
//
//   faults::Point("postgres.before_commit");
//
// WAYBILL_DIE_AT=postgres.before_commit:3 in the environment kills the process (SIGKILL) the third
// time it reaches the point. Without WAYBILL_FAULTS at compile time (release builds) a point is
// nothing at all. Thread-safe; a point that isn't armed costs one load.
#pragma once

#include <string_view>

namespace waybill::faults {

#ifdef WAYBILL_FAULTS
void Point(std::string_view name);
#else
inline void Point(std::string_view) {}
#endif

}  // namespace waybill::faults
