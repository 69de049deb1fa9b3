// PeerLimit closes the connections that a peer has above a limit. gRPC 1.51 has no such limit itself.
#pragma once

#include <netinet/in.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace waybill::grpc {

// The bytes of an address that stand for the peer: the whole of an IPv4 address, which may be mapped
// into IPv6, and the first 64 bits of an IPv6 address, because a host may have all addresses that begin
// with them (RFC 4291 section 2.5.1).
std::string PeerOf(const in6_addr& address);

// One thread at a time.
class PeerLimit {
 public:
  // Each peer may have `most` connections; 0: any number.
  explicit PeerLimit(int most) : most_(most) {}

  // Closes the newest connections to the local TCP port of each peer that has too many, so that the
  // older ones stay. Returns how many it closed. Takes about 2 us for each open file of the process.
  int CloseExcess(int port);

 private:
  struct Connection {
    int fd;
    std::string peer;
    std::uint16_t peer_port;
    auto operator<=>(const Connection&) const = default;
  };

  // nullopt when the descriptor is no connection, or no longer.
  static std::optional<Connection> Look(int fd);
  // Returns whether the connection was still there.
  static bool Close(const Connection& connection);

  const int most_;
  // Those that the last look left open.
  std::set<Connection> known_;
};

}  // namespace waybill::grpc
