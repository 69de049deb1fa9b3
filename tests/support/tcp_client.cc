#include "tests/support/tcp_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/free_port.h"

namespace waybill::test {
namespace {

bool Connect(int fd, int port) {
  const sockaddr_in address = Loopback(port);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

TcpClient::TcpClient(int port)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), is_connected_(Connect(fd_, port)) {}

TcpClient::~TcpClient() { close(fd_); }

}  // namespace waybill::test
