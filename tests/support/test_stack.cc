#include "tests/support/test_stack.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>

#include "tests/support/temp_folder.h"

namespace waybill::test {
namespace {

std::string Folder() {
  const char* folder = std::getenv("WAYBILL_TEST_STACK");
  return folder != nullptr ? folder : WAYBILL_TEST_STACK_DIR;
}

std::map<std::string, std::string> ReadEnv(const std::string& folder) {
  std::ifstream in(folder + "/env");
  if (!in) {
    throw std::runtime_error(
        "there is no test stack: " + folder +
        "/env is missing. ctest starts a stack itself; to start one by hand, " +
        "run tests/support/stack.sh start " + folder +
        " (and stop it afterwards), or name the folder of another stack in " +
        "WAYBILL_TEST_STACK");
  }
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(in, line);) {
    if (const auto at = line.find('='); at != std::string::npos) {
      values[line.substr(0, at)] = line.substr(at + 1);
    }
  }
  return values;
}

std::string Wanted(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) throw std::runtime_error(Folder() + "/env has no line " + name + "=");
  return found->second;
}

}  // namespace

std::map<std::string, std::string> SecuredServers::KafkaLogin(const std::string& user) const {
  return {{"security.protocol", "SASL_SSL"},
          {"sasl.mechanism", "PLAIN"},
          {"sasl.username", user},
          {"sasl.password", ReadFile(kafka_passwords + "/" + user)},
          {"ssl.ca.location", tls_folder + "/ca.crt"}};
}

const TestStack& TestStack::Get() {
  static const TestStack stack = [] {
    const std::map<std::string, std::string> env = ReadEnv(Folder());
    return TestStack{
        .admin_conninfo = Wanted(env, "PGADMIN_CONNINFO"),
        .server_conninfo = "host=" + Wanted(env, "PGHOST") + " port=" + Wanted(env, "PGPORT"),
        .brokers = Wanted(env, "KAFKA_BROKERS"),
        .secured = {.tls_folder = Wanted(env, "TLS"),
                    .postgres = true,
                    .brokers = Wanted(env, "KAFKA_SECURED_BROKERS"),
                    .kafka_passwords = Wanted(env, "KAFKA_PASSWORDS")}};
  }();
  return stack;
}

std::string BinaryPath(const std::string& name) {
  const char* folder = std::getenv("WAYBILL_BIN");
  return std::string(folder != nullptr ? folder : WAYBILL_TEST_BIN_DIR) + "/" + name;
}

std::string SourcePath(const std::string& relative) {
  return std::string(WAYBILL_TEST_SOURCE_DIR) + "/" + relative;
}

}  // namespace waybill::test
