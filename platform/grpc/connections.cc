#include "platform/grpc/connections.h"

#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

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
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    if (metrics::LocalPort(fd) == port && IsListener(fd) == listeners) shutdown(fd, SHUT_RDWR);
  }
}

}  // namespace

void StopListening(int port) { ShutDown(port, true); }

void CutConnections(int port) { ShutDown(port, false); }

}  // namespace waybill::grpc
