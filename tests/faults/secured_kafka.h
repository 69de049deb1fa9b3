// A broker that lets in over TLS whom it knows by a password, and knows who may do what.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <string>

#include "tests/support/temp_folder.h"
#include "tests/support/throwaway_server.h"

namespace waybill::test {

// Two listeners: one in plain text, where everybody may do everything, for the test itself, and one
// with SASL_SSL (PLAIN and SCRAM-SHA-512), whose only user, "relay", may do what Allow says. What
// fails throws std::runtime_error. Not thread-safe.
class SecuredKafka {
 public:
  // Blocks until it is ready.
  SecuredKafka();

  // The shared PostgreSQL with the plain listener.
  TestStack stack() const { return kafka_.stack(); }
  // "127.0.0.1:PORT" of the other one.
  const std::string& secured_brokers() const { return secured_brokers_; }
  // Of who signed the broker's certificate.
  const std::string& ca_file() const { return certificate_; }
  // The user's, by either mechanism.
  static constexpr char kPassword[] = "open-sesame-4711";

  // Lets the user do this, from now on, with the topics whose names begin like this.
  void Allow(const std::string& prefix, rd_kafka_AclOperation_t operation);

 private:
  ThrowawayKafka::Setup Setup() const;

  TempFolder folder_;
  const std::string certificate_;
  const std::string secured_brokers_;
  ThrowawayKafka kafka_;
};

}  // namespace waybill::test
