// Finds ports for servers that a test starts.
#pragma once

#include <netinet/in.h>

namespace waybill::test {

// 127.0.0.1:port.
sockaddr_in Loopback(int port);

// Returns a TCP port of 127.0.0.1 that nothing listens on, below the range from which outgoing
// connections take their ports. No other caller gets it until this process ends: tests that run at
// the same time don't collide, and a server that is killed finds its port free again. Throws
// std::runtime_error when there is none. Thread-safe.
int FreePort();

// Whether something listens on 127.0.0.1:port.
bool PortAnswers(int port);

}  // namespace waybill::test
