#include "platform/grpc/peer_limit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "platform/grpc/connections.h"
#include "platform/metrics/socket.h"

namespace waybill::grpc {
namespace {

constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6NetworkBytes = 8;

}  // namespace

std::string PeerOf(const in6_addr& address) {
  const std::string_view bytes(reinterpret_cast<const char*>(&address), sizeof address);
  return std::string(IN6_IS_ADDR_V4MAPPED(&address) ? bytes.substr(bytes.size() - kIpv4Bytes)
                                                    : bytes.substr(0, kIpv6NetworkBytes));
}

std::optional<PeerLimit::Connection> PeerLimit::Look(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return Connection{fd, std::string(reinterpret_cast<const char*>(&v4.sin_addr), kIpv4Bytes),
                      v4.sin_port};
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return Connection{fd, PeerOf(v6.sin6_addr), v6.sin6_port};
  }
  return std::nullopt;
}

bool PeerLimit::Close(const Connection& connection) {
  // gRPC may have closed the descriptor meanwhile, and the number may belong to another file. A
  // duplicate stays the same file.
  const metrics::Socket same(fcntl(connection.fd, F_DUPFD_CLOEXEC, 0));
  std::optional<Connection> now = Look(same.fd());
  if (!now) return false;
  now->fd = connection.fd;
  return *now == connection && shutdown(same.fd(), SHUT_RDWR) == 0;
}

int PeerLimit::CloseExcess(int port) {
  if (most_ == 0) return 0;
  std::map<std::string, std::vector<Connection>> by_peer;
  for (const int fd : ConnectionsTo(port)) {
    if (std::optional<Connection> connection = Look(fd)) {
      by_peer[connection->peer].push_back(*std::move(connection));
    }
  }
  std::set<Connection> kept;
  int closed = 0;
  for (auto& [peer, connections] : by_peer) {
    std::stable_partition(connections.begin(), connections.end(),
                          [this](const Connection& one) { return known_.contains(one); });
    for (std::size_t i = 0; i < connections.size(); ++i) {
      if (i < static_cast<std::size_t>(most_)) {
        kept.insert(std::move(connections[i]));
      } else {
        closed += Close(connections[i]) ? 1 : 0;
      }
    }
  }
  known_ = std::move(kept);
  return closed;
}

}  // namespace waybill::grpc
