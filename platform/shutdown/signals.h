// Waits for the signal that ends a process.
#pragma once

#include <functional>

namespace waybill::shutdown {

// Blocks SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 in this thread and all it starts, and ignores
// SIGPIPE. Call before any thread exists: no handler ever runs, so no code has to be
// async-signal-safe, and none of these ends the process but by Wait.
void BlockSignals();

// Waits until SIGTERM or SIGINT comes, or another thread calls Request. Meanwhile `on_other` is
// called for each of the other signals. Returns the signal's number, 0 for a request. What comes
// after is without effect: a shutdown ends by itself. One thread only.
int Wait(const std::function<void(int)>& on_other);

// Makes Wait return. Thread-safe; may be called before Wait and more than once.
void Request();

}  // namespace waybill::shutdown
