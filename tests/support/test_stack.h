// Finds the PostgreSQL and Kafka that the tests run against (tests/support/stack.sh).
#pragma once

#include <map>
#include <string>

namespace waybill::test {

// How clients reach the stack's servers over TLS and with credentials.
struct SecuredServers {
  // Has ca.crt, and services.crt with its key, for servers at localhost and 127.0.0.1 (deploy/local/tls.sh).
  std::string tls_folder;
  // The server takes connections with TLS. Its port in plain text is the same.
  bool postgres = false;
  // The listener with TLS and passwords, which applies the ACLs that a test sets
  // (deploy/kafka/acls.txt); "": there is none.
  std::string brokers;
  // Has a file with each user's password.
  std::string kafka_passwords;

  // Returns the properties with which librdkafka logs in there.
  std::map<std::string, std::string> KafkaLogin(const std::string& user) const;
};

struct TestStack {
  // A superuser's connection string.
  std::string admin_conninfo;
  // The same server without user and database: "host=127.0.0.1 port=54321".
  std::string server_conninfo;
  std::string brokers;
  SecuredServers secured = {};

  // Returns the stack that ctest has started, from the file `env` in the folder that
  // WAYBILL_TEST_STACK names, or else in <build>/test_stack. Throws std::runtime_error that says
  // how to start one by hand.
  static const TestStack& Get();
};

// Returns the path of one of this build's programs: <build>/bin/NAME, or $WAYBILL_BIN/NAME.
std::string BinaryPath(const std::string& name);
// Returns a path below the repository's root.
std::string SourcePath(const std::string& relative);

}  // namespace waybill::test
