// A PostgreSQL or Kafka of a test's own, for tests that kill it.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "tests/support/temp_folder.h"

namespace waybill::test {

// Started, with its data below a folder of its own, by tests/support/<kind>_ctl.sh, and removed in
// the destructor or when this process dies. All blocks; what fails throws std::runtime_error. Not
// thread-safe.
class ThrowawayServer {
 public:
  static ThrowawayServer Postgres();
  static ThrowawayServer Kafka();

  // SIGKILL, to the server and its children.
  void Kill();
  // Starts it again; ready when this returns.
  void Start();
  // PostgreSQL's: adds our roles and the migrated template databases.
  void MakeTemplates();

  // "127.0.0.1:PORT".
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  struct GuardCloser {
    void operator()(std::FILE* guard) const;
  };

  ThrowawayServer(std::string script, bool has_controller);
  void Control(const std::string& verb);

  std::string script_;
  int port_;
  // Kafka's; 0 for PostgreSQL.
  int controller_port_;
  std::unique_ptr<TempFolder> folder_;
  // A shell that removes the server when its standard input ends. Goes before the folder.
  std::unique_ptr<std::FILE, GuardCloser> guard_;
};

}  // namespace waybill::test
