#include "platform/grpc/peer_limit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

namespace waybill::grpc {
namespace {

constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6NetworkBytes = 8;
constexpr std::string_view kNat64("\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12);

// A connection that is shut counts no more, although gRPC may keep its descriptor for a while.
bool IsShut(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
         (info.tcpi_state != TCP_ESTABLISHED && info.tcpi_state != TCP_CLOSE_WAIT);
}

std::string TextOf(const in6_addr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    inet_ntop(AF_INET, address.s6_addr + sizeof address - kIpv4Bytes, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &address, text, sizeof text);
  }
  return text;
}

in6_addr Mapped(const in_addr& address) {
  in6_addr mapped{};
  mapped.s6_addr[10] = mapped.s6_addr[11] = 0xff;
  std::memcpy(mapped.s6_addr + sizeof mapped - kIpv4Bytes, &address, kIpv4Bytes);
  return mapped;
}

}  // namespace

std::string PeerOf(const in6_addr& address) {
  const std::string_view bytes(reinterpret_cast<const char*>(&address), sizeof address);
  if (IN6_IS_ADDR_V4MAPPED(&address) || bytes.starts_with(kNat64)) {
    return std::string(bytes.substr(bytes.size() - kIpv4Bytes));
  }
  return std::string(IN6_IS_ADDR_LINKLOCAL(&address) ? bytes : bytes.substr(0, kIpv6NetworkBytes));
}

PeerLimit::PeerLimit(int most)
    : most_(most),
      nothing_(open("/dev/null", O_RDONLY | O_CLOEXEC)),
      spare_(fcntl(nothing_.fd(), F_DUPFD_CLOEXEC, 0)) {}

std::optional<PeerLimit::Connection> PeerLimit::Identify(int port, int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (!IsConnectionTo(port, fd) || IsShut(fd) ||
      getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
    return std::nullopt;
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
  const bool is_v4 = peer.ss_family == AF_INET;
  return Connection{fd, std::bit_cast<Address>(is_v4 ? Mapped(v4.sin_addr) : v6.sin6_addr),
                    is_v4 ? v4.sin_port : v6.sin6_port};
}

bool PeerLimit::Close(int port, const Connection& connection) {
  // gRPC may close the descriptor at any time, and its number may become another file's; a duplicate
  // stays the same file. It takes the number of the spare one, because no other may be left.
  if (dup3(connection.fd, spare_.fd(), O_CLOEXEC) < 0) return false;
  std::optional<Connection> now = Identify(port, spare_.fd());
  if (now) now->fd = connection.fd;
  const bool is_closed = now == connection && shutdown(spare_.fd(), SHUT_RDWR) == 0;
  dup3(nothing_.fd(), spare_.fd(), O_CLOEXEC);
  return is_closed;
}

void PeerLimit::Reduce(int port, std::vector<Connection> of_one_peer, std::set<Connection>& kept,
                       Closed& closed) {
  const auto most = std::min(of_one_peer.size(), static_cast<std::size_t>(most_));
  const auto had = static_cast<int>(of_one_peer.size());
  if (had > most_ && had > closed.had) {
    closed.peer = TextOf(std::bit_cast<in6_addr>(of_one_peer.front().address));
    closed.had = had;
  }
  std::stable_partition(of_one_peer.begin(), of_one_peer.end(),
                        [this](const Connection& one) { return known_.contains(one); });
  for (std::size_t i = most; i < of_one_peer.size(); ++i) {
    closed.connections += Close(port, of_one_peer[i]) ? 1 : 0;
  }
  kept.insert(of_one_peer.begin(), of_one_peer.begin() + static_cast<std::ptrdiff_t>(most));
}

std::optional<PeerLimit::Closed> PeerLimit::CloseExcess(int port) {
  std::map<std::string, std::vector<Connection>> by_peer;
  const bool is_listed = descriptors_.ForEach([&](int fd) {
    if (const std::optional<Connection> connection = Identify(port, fd)) {
      by_peer[PeerOf(std::bit_cast<in6_addr>(connection->address))].push_back(*connection);
    }
  });
  if (!is_listed) return std::nullopt;
  Closed closed;
  std::set<Connection> kept;
  for (auto& [peer, connections] : by_peer) Reduce(port, std::move(connections), kept, closed);
  known_ = std::move(kept);
  return closed;
}

}  // namespace waybill::grpc
