// PeerLimit closes the connections that a peer has above a limit. gRPC 1.51 has no such limit itself.
#pragma once

#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/grpc/connections.h"
#include "platform/metrics/socket.h"

namespace waybill::grpc {

// The bytes of an address that stand for the peer. Of an IPv4 address, which may be mapped into IPv6 or
// come through NAT64 (64:ff9b::/96), all four. Of an IPv6 address the first 64 bits, because a host may
// use any address that begins with them (RFC 8981); all 128 of a link-local one.
std::string PeerOf(const in6_addr& address);

// Owned by the Server. One thread at a time.
class PeerLimit {
 public:
  // Keeps three descriptors, so that it also works when none is left. Each peer may have `most`
  // connections, 1 at least.
  explicit PeerLimit(int most);

  struct Closed {
    // How many were closed, of all peers.
    int connections = 0;
    // The address of the peer that had the most connections above the limit, and how many it had. "" and
    // 0 if none had too many.
    std::string peer = {};
    int had = 0;
  };

  // Shuts connections to the local TCP port down until each peer has no more than it may; gRPC then
  // closes the descriptors. Those that were open at the previous call stay; of those that have come
  // since, any may be closed. nullopt if the descriptors can't be listed. Doesn't wait for a peer; takes
  // about 2 us per descriptor of the process. Closes nothing if the constructor got no descriptors.
  std::optional<Closed> CloseExcess(int port);

 private:
  // An in6_addr that can be compared; an IPv4 address is mapped into IPv6.
  using Address = std::array<std::uint8_t, sizeof(in6_addr)>;
  // The address and the port are the peer's.
  struct Connection {
    int fd;
    Address address;
    std::uint16_t port;
    auto operator<=>(const Connection&) const = default;
  };

  // nullopt if the descriptor is no connection to the port, or one that has been shut.
  static std::optional<Connection> Identify(int port, int fd);
  // Closes those above the limit; the others are kept.
  void Reduce(int port, std::vector<Connection> of_one_peer, std::set<Connection>& kept,
              Closed& closed);
  // Returns whether the connection was still there.
  bool Close(int port, const Connection& connection);

  const int most_;
  Descriptors descriptors_;
  const metrics::Socket nothing_;
  const metrics::Socket spare_;
  // Those that the previous call left open.
  std::set<Connection> known_;
};

}  // namespace waybill::grpc
