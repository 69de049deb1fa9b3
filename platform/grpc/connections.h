// Finds and ends a gRPC server's connections: gRPC's API has no means to, other than its own Shutdown.
#pragma once

#include <vector>

namespace waybill::grpc {

// Returns the descriptors of this process's connections to the local TCP port. Their owner may close any
// of them meanwhile. Thread-safe.
std::vector<int> ConnectionsTo(int port);

// Refuses connections to the local TCP port from now on; those that are there stay. Thread-safe.
void StopListening(int port);

// Closes all connections to the local TCP port, in both directions: the clients see them end
// without another word. Nothing that gRPC still writes gets out. Thread-safe.
void CutConnections(int port);

}  // namespace waybill::grpc
