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

// The port's listening sockets, or its connections.
std::vector<int> SocketsOf(int port, bool listeners) {
  std::vector<int> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    if (metrics::LocalPort(fd) == port && IsListener(fd) == listeners) found.push_back(fd);
  }
  return found;
}

// shutdown(2) leaves the descriptors to their owner.
void ShutDown(const std::vector<int>& sockets) {
  for (const int fd : sockets) shutdown(fd, SHUT_RDWR);
}

}  // namespace

std::vector<int> ConnectionsTo(int port) { return SocketsOf(port, false); }

void StopListening(int port) { ShutDown(SocketsOf(port, true)); }

void CutConnections(int port) { ShutDown(ConnectionsTo(port)); }

}  // namespace waybill::grpc
