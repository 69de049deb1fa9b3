// Socket owns one TCP socket; Listen makes one that listens.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace waybill::metrics {

// The local port of a TCP socket; 0 when `fd` is none.
int LocalPort(int fd);

// Closes its descriptor. One thread at a time.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  // -1 when there is none.
  int fd() const { return fd_; }
  // The local port; 0 when there is none.
  int port() const { return LocalPort(fd_); }

 private:
  int fd_;
};

// Listens on `address`, "host:port" or "[ipv6]:port", without blocking its accepts; port 0 takes a
// free one. No second process can listen on the same port. kInvalidArgument: that is no address.
// kUnavailable: the address is taken, or not this machine's. Blocks while the host's name is
// resolved.
absl::StatusOr<Socket> Listen(const std::string& address);

}  // namespace waybill::metrics
