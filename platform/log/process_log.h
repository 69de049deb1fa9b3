// What a process that runs for long does about its log, beyond writing lines (log.h).
#pragma once

#include <cstdint>
#include <string_view>

namespace waybill::log {

// From now on a thread of its own writes the lines (writer.h), so no call waits for whoever reads
// stderr. Until then, and in programs that never call it, each line is written as the call is made.
// Lines are flushed when the process exits or dies of a fatal signal (SIGSEGV, SIGABRT and the
// like), at most 1 s without progress; those of the last moments before SIGKILL are lost. Call once,
// after the signals are blocked.
void WriteInBackground();

// Waits for the lines so far; at most 1 s without progress. Thread-safe and async-signal-safe.
void Flush();

// How many lines were dropped since the start. Thread-safe.
std::int64_t DroppedLines();

// The lowest level that is written from now on; must be one (IsLevel). Thread-safe.
void SetLevel(std::string_view level);

}  // namespace waybill::log
