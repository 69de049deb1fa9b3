// Finds and ends a gRPC server's connections: gRPC's API has no means to, other than its own Shutdown.
#pragma once

#include <dirent.h>

#include <memory>

#include "absl/functional/function_ref.h"

namespace waybill::grpc {

// The descriptors of this process. Keeps one of them for itself, so that it can still list them when none
// is left. One thread at a time.
class Descriptors {
 public:
  Descriptors() : folder_(opendir("/proc/self/fd")) {}

  // Calls `use` with each descriptor, whose owner may close it, or reuse its number, at any time. False
  // if they can't be listed.
  bool ForEach(absl::FunctionRef<void(int fd)> use);

 private:
  struct Closer {
    void operator()(DIR* folder) const { closedir(folder); }
  };
  std::unique_ptr<DIR, Closer> folder_;
};

// Whether the descriptor is a connection to the local TCP port.
bool IsConnectionTo(int port, int fd);

// Refuses connections to the local TCP port from now on; those that are there stay. Thread-safe.
void StopListening(int port);

// Closes all connections to the local TCP port, in both directions: the clients see them end
// without another word. Nothing that gRPC still writes gets out. Thread-safe.
void CutConnections(int port);

}  // namespace waybill::grpc
