#include "tests/support/tcp_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/free_port.h"

namespace waybill::test {
namespace {

bool Bind(int fd, const std::string& source) {
  sockaddr_in from = Loopback(0);
  return inet_pton(AF_INET, source.c_str(), &from.sin_addr) == 1 &&
         bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
}

bool Connect(int fd, const std::string& source, int port) {
  const sockaddr_in address = Loopback(port);
  return (source.empty() || Bind(fd, source)) &&
         connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

TcpClient::TcpClient(int port, const std::string& source)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      is_connected_(Connect(fd_, source, port)) {}

TcpClient::~TcpClient() { close(fd_); }

bool TcpClient::IsClosed() const {
  char bytes[1024];
  ssize_t size = 0;
  do size = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
  while (size > 0);
  return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace waybill::test
