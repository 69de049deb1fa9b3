// A broker that requires TLS and a password, and authorises each operation.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <string>

#include "tests/support/temp_folder.h"
#include "tests/support/throwaway_server.h"

namespace waybill::test {

// It has two listeners: one in plain text for the test itself, where everyone may do everything,
// and one with SASL_SSL (PLAIN and SCRAM-SHA-512), whose only user, "relay", may do what Allow
// grants. A call that fails throws std::runtime_error. Not thread-safe.
class SecuredKafka {
 public:
  // Blocks until the broker is ready.
  SecuredKafka();

  // Returns the shared PostgreSQL with the plain-text listener.
  TestStack stack() const { return kafka_.stack(); }
  // Returns "127.0.0.1:PORT" of the SASL_SSL listener.
  const std::string& secured_brokers() const { return secured_brokers_; }
  // Returns the file with the broker's certificate, which is self-signed and serves as the CA's.
  const std::string& ca_file() const { return certificate_; }
  // The user's password for both mechanisms.
  static constexpr char kPassword[] = "open-sesame-4711";

  // Restarts the broker with another password of the user for PLAIN. Blocks until it is ready.
  void ChangePassword(const std::string& password);

  // From now on, allows the user this operation on topics, or groups, whose names begin with `prefix`.
  // Blocks until the broker applies it. Throws std::runtime_error.
  void Allow(const std::string& prefix, rd_kafka_AclOperation_t operation,
             rd_kafka_ResourceType_t of = RD_KAFKA_RESOURCE_TOPIC);

 private:
  ThrowawayKafka::Setup Setup() const;
  // Writes the file that the broker reads the password from when it starts.
  void WritePassword(const std::string& password) const;

  TempFolder folder_;
  const std::string certificate_;
  const std::string secured_brokers_;
  ThrowawayKafka kafka_;
};

}  // namespace waybill::test
