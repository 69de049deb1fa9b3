#include "tests/support/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

#include "tests/support/tcp_client.h"

namespace waybill::test {
namespace {

constexpr int kFirst = 20000;
constexpr int kLast = 32000;

bool CanListen(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in address = Loopback(port);
  const bool can = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
                   listen(fd, 1) == 0;
  close(fd);
  return can;
}

// An abstract Unix socket with the port's name is the reservation: it disappears with the process,
// and leaves no file behind. The descriptor stays open on purpose.
bool Reserve(int port) {
  const std::string name = "waybill-test-port-" + std::to_string(port);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) return true;
  close(fd);
  return false;
}

}  // namespace

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int FreePort() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(kFirst, kLast - 1);
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = ports(random);
    if (Reserve(port) && CanListen(port)) return port;
  }
  throw std::runtime_error("no free port between 20000 and 32000");
}

bool PortAnswers(int port) { return TcpClient(port).is_connected(); }

}  // namespace waybill::test
