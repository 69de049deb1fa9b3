// A PostgreSQL or Kafka of a test's own, for tests that kill it.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::test {

// Has its data below a folder of its own, is run by tests/support/<kind>_ctl.sh, and removed in the
// destructor or when this process dies. All blocks; what fails throws std::runtime_error with the
// script's output. Not thread-safe.
class ThrowawayServer {
 public:
  ThrowawayServer(const ThrowawayServer&) = delete;
  ThrowawayServer& operator=(const ThrowawayServer&) = delete;

  // SIGKILL, to the server and its children.
  void Kill() { Control("kill"); }
  // Starts it (again); ready when this returns.
  void Start() { Control("start"); }

  int port() const { return port_; }

 protected:
  // Not started yet.
  ThrowawayServer(const std::string& script_name, bool has_controller);
  ~ThrowawayServer() = default;

  void Control(const std::string& verb);
  // 0 for PostgreSQL.
  int controller_port() const { return controller_port_; }
  // Its files are below "server".
  const TempFolder& folder() const { return folder_; }

 private:
  struct GuardCloser {
    void operator()(std::FILE* guard) const;
  };

  const std::string script_;
  const int port_;
  const int controller_port_;
  const TempFolder folder_;
  // A shell that removes the server when its standard input ends. Goes before the folder.
  std::unique_ptr<std::FILE, GuardCloser> guard_;
};

// Started, with our roles and the migrated template databases.
class ThrowawayPostgres : public ThrowawayServer {
 public:
  ThrowawayPostgres();
  // Makes a standby that follows it.
  void Follow() { Control("follow"); }
  // Kills it and promotes the standby, at the same address from then on.
  void FailOver() { Control("failover"); }
  // The shared broker with this server.
  TestStack stack() const;
};

// Started.
class ThrowawayKafka : public ThrowawayServer {
 public:
  // What a broker has beside deploy/kafka/server.properties.in.
  struct Setup {
    // Lines of server.properties, for a broker with these ports.
    std::function<std::string(int port, int controller_port)> properties;
    // For the storage tool's `format`, one a line.
    std::string format_arguments;
  };

  ThrowawayKafka();
  explicit ThrowawayKafka(const Setup& setup);
  // SIGTERM.
  void Stop() { Control("stop"); }
  // The shared PostgreSQL with this broker.
  TestStack stack() const;
};

}  // namespace waybill::test
