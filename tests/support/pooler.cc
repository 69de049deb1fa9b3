#include "tests/support/pooler.h"

#include <unistd.h>

#include <filesystem>

#include "tests/support/free_port.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kUsers[] =
    "\"order_svc\" \"\"\n\"payment_svc\" \"\"\n\"inventory_svc\" \"\"\n\"notification_svc\" \"\"\n";

// pgbouncer doesn't run as root; as whom it runs instead must be able to read its files.
std::vector<std::string> Command(const std::string& config) {
  if (geteuid() != 0) return {"/usr/sbin/pgbouncer", config};
  return {"/usr/sbin/pgbouncer", "-u", "postgres", config};
}

}  // namespace

Pooler::Pooler(const std::string& mode, const TestStack& stack) : port_(FreePort()) {
  const std::string users = folder_.Write("users.txt", kUsers);
  const std::string config = folder_.Write(
      "pgbouncer.ini",
      "[databases]\n* = " + stack.server_conninfo +
          "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(port_) +
          "\nunix_socket_dir =\nauth_type = trust\n" + "auth_file = " + users +
          "\npool_mode = " + mode + "\ndefault_pool_size = 50\n");
  for (const std::string& file : {folder_.path().string(), users, config}) {
    std::filesystem::permissions(file, std::filesystem::perms(0755));
  }
  process_ = std::make_unique<ChildProcess>(
      ProcessOptions{.argv = Command(config), .log_file = folder_.path() / "log"});
  WaitUntil([this] { return PortAnswers(port_); }, "pgbouncer");
}

}  // namespace waybill::test
