// Ports for servers that a test starts.
#pragma once

namespace waybill::test {

// A TCP port of 127.0.0.1 that nothing listens on, below the range that outgoing connections take
// their ports from. It is given to nobody else that asks here until this process ends, so that
// tests that run at the same time don't meet, and a server that is killed finds its port free
// again. Throws std::runtime_error when there is none. Thread-safe.
int FreePort();

// Whether something listens on 127.0.0.1:port.
bool PortAnswers(int port);

}  // namespace waybill::test
