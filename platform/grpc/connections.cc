#include "platform/grpc/connections.h"

#include <sys/socket.h>

#include <cstdlib>

#include "platform/metrics/socket.h"

namespace waybill::grpc {
namespace {

bool IsListener(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

// shutdown(2) leaves the descriptors to their owner.
void ShutDown(int port, bool listeners) {
  Descriptors().ForEach([&](int fd) {
    if (metrics::LocalPort(fd) == port && IsListener(fd) == listeners) shutdown(fd, SHUT_RDWR);
  });
}

}  // namespace

bool Descriptors::ForEach(absl::FunctionRef<void(int fd)> use) {
  if (folder_ == nullptr) return false;
  rewinddir(folder_.get());
  while (const dirent* entry = readdir(folder_.get())) {
    if (entry->d_name[0] != '.') use(std::atoi(entry->d_name));
  }
  return true;
}

bool IsConnectionTo(int port, int fd) { return metrics::LocalPort(fd) == port && !IsListener(fd); }

void StopListening(int port) { ShutDown(port, true); }

void CutConnections(int port) { ShutDown(port, false); }

}  // namespace waybill::grpc
