// PostgreSQL servers and Kafka brokers of a test's own, to kill.
#pragma once

#include <functional>
#include <string>

#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::test {

// Made and started in the constructor, removed in the destructor. Every call blocks until done and
// throws std::runtime_error with the script's output when it fails.
class OwnPostgres {
 public:
  OwnPostgres();
  ~OwnPostgres();
  OwnPostgres(const OwnPostgres&) = delete;
  OwnPostgres& operator=(const OwnPostgres&) = delete;

  void Start();
  void Kill();
  // Makes a standby that follows it.
  void Follow();
  // Kills it and promotes the standby, at the same address from then on.
  void FailOver();
  int port() const { return port_; }
  // The shared broker with this server.
  TestStack stack() const;

 private:
  void Control(const std::string& command);

  TempFolder folder_;
  const int port_;
};

class OwnKafka {
 public:
  // What a broker has beside deploy/kafka/server.properties.in.
  struct Setup {
    // Lines of server.properties, for a broker with these ports.
    std::function<std::string(int port, int controller_port)> properties;
    // For the storage tool's `format`, one a line.
    std::string format_arguments;
  };

  OwnKafka();
  explicit OwnKafka(const Setup& setup);
  ~OwnKafka();
  OwnKafka(const OwnKafka&) = delete;
  OwnKafka& operator=(const OwnKafka&) = delete;

  void Start();
  void Stop();
  void Kill();
  // The shared PostgreSQL with this broker.
  TestStack stack() const;

 private:
  void Control(const std::string& command);

  TempFolder folder_;
  const int port_;
  const int controller_port_;
};

}  // namespace waybill::test
