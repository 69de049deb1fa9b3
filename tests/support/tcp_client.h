// TcpClient is a TCP connection to a server of this machine, for tests that speak below its protocol.
#pragma once

#include <string>

namespace waybill::test {

// Connects to 127.0.0.1:port at once, and closes the connection at the end. Not thread-safe.
class TcpClient {
 public:
  // Connects from `source`, any address of 127.0.0.0/8; "": from 127.0.0.1.
  explicit TcpClient(int port, const std::string& source = "");
  ~TcpClient();
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  // False when it was refused.
  bool is_connected() const { return is_connected_; }
  // Whether the server has closed the connection, or it has failed. Discards what the server has sent.
  bool IsClosed() const;
  int fd() const { return fd_; }

 private:
  const int fd_;
  const bool is_connected_;
};

}  // namespace waybill::test
