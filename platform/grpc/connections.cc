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

bool IsListenerOf(int port, int fd) { return metrics::LocalPort(fd) == port && IsListener(fd); }

// Shuts each descriptor for which `is_wanted` says so, right after it has said it. shutdown(2) leaves
// the descriptors to their owner.
void ShutDown(absl::FunctionRef<bool(int fd)> is_wanted) {
  Descriptors().ForEach([&](int fd) {
    if (is_wanted(fd)) shutdown(fd, SHUT_RDWR);
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

void StopListening(int port) {
  ShutDown([port](int fd) { return IsListenerOf(port, fd); });
}

void CutConnections(int port) {
  ShutDown([port](int fd) { return IsConnectionTo(port, fd); });
}

}  // namespace waybill::grpc
