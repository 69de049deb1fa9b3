// Waits for the signal that ends a process.
#pragma once

namespace waybill::shutdown {

// Blocks SIGTERM and SIGINT in this thread and all it starts, and ignores SIGPIPE. Call first thing
// in main, before any thread exists: no handler ever runs, so no code has to be async-signal-safe.
void BlockSignals();

// Waits until SIGTERM or SIGINT comes, or another thread calls Request. Returns the signal's
// number, 0 for a request. One thread only.
int Wait();

// Makes Wait return. Thread-safe; may be called before Wait and more than once.
void Request();

}  // namespace waybill::shutdown
