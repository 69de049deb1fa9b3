// A PostgreSQL or Kafka server for one test, which can kill it.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::test {

// Keeps its data in its own folder, and is controlled by tests/support/<kind>_ctl.sh. It is removed
// in the destructor, or when this process dies. All calls block; a call that fails throws
// std::runtime_error with the script's output. Not thread-safe.
class ThrowawayServer {
 public:
  ThrowawayServer(const ThrowawayServer&) = delete;
  ThrowawayServer& operator=(const ThrowawayServer&) = delete;

  // Sends SIGKILL to the server and its children.
  void Kill() { Control("kill"); }
  // Starts or restarts the server; it is ready when this returns.
  void Start() { Control("start"); }

  // Sends SIGSTOP to the server and its children: whoever is connected gets no answer until Thaw.
  void Freeze() { Control("freeze"); }
  void Thaw() { Control("thaw"); }

  int port() const { return port_; }

 protected:
  // Doesn't start the server.
  ThrowawayServer(const std::string& script_name, bool has_controller);
  ~ThrowawayServer() = default;

  void Control(const std::string& verb);
  // 0 for PostgreSQL.
  int controller_port() const { return controller_port_; }
  // The server's files are in the subfolder "server".
  const TempFolder& folder() const { return folder_; }

 private:
  struct GuardCloser {
    void operator()(std::FILE* guard) const;
  };

  const std::string script_;
  const int port_;
  const int controller_port_;
  const TempFolder folder_;
  // A shell that removes the server when its standard input ends. Destroyed before the folder.
  std::unique_ptr<std::FILE, GuardCloser> guard_;
};

// Started by the constructor, with Waybill's roles and the migrated template databases.
class ThrowawayPostgres : public ThrowawayServer {
 public:
  ThrowawayPostgres();
  // Creates a standby that follows it.
  void Follow() { Control("follow"); }
  // Kills the primary and promotes the standby, which takes over the address.
  void FailOver() { Control("failover"); }
  // Returns the shared broker with this server.
  TestStack stack() const;
};

// Started by the constructor.
class ThrowawayKafka : public ThrowawayServer {
 public:
  // A broker's settings in addition to deploy/kafka/server.properties.in.
  struct Setup {
    // Returns lines of server.properties for a broker with these ports.
    std::function<std::string(int port, int controller_port)> properties;
    // Arguments for the storage tool's `format` command, one per line.
    std::string format_arguments;
  };

  ThrowawayKafka();
  explicit ThrowawayKafka(const Setup& setup);
  // Sends SIGTERM and waits for the end.
  void Stop() { Control("stop"); }
  // Kills it and deletes its data; Start makes an empty cluster at the same address.
  void Remove() { Control("remove"); }
  // Returns the shared PostgreSQL with this broker.
  TestStack stack() const;
};

}  // namespace waybill::test
