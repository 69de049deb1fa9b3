#include "tests/faults/relay_servers.h"

#include <filesystem>
#include <stdexcept>

#include "tests/support/free_port.h"
#include "tests/support/process.h"

namespace waybill::test {
namespace {

void Run(const std::vector<std::string>& argv) {
  const Finished finished = RunToEnd(argv, {}, absl::Seconds(120));
  if (finished.status != 0)
    throw std::runtime_error(argv[0] + " " + argv[1] + ": " + finished.output);
}

}  // namespace

OwnPostgres::OwnPostgres() : port_(FreePort()) {
  Start();
  Control("templates");
}

OwnPostgres::~OwnPostgres() { Control("remove"); }

void OwnPostgres::Start() { Control("start"); }
void OwnPostgres::Kill() { Control("kill"); }
void OwnPostgres::Follow() { Control("follow"); }
void OwnPostgres::FailOver() { Control("failover"); }

void OwnPostgres::Control(const std::string& command) {
  Run({SourcePath("tests/support/postgres_ctl.sh"), command, (folder_.path() / "postgres").string(),
       std::to_string(port_)});
}

TestStack OwnPostgres::stack() const {
  TestStack stack = TestStack::Get();
  stack.server_conninfo = "host=127.0.0.1 port=" + std::to_string(port_);
  stack.admin_conninfo = stack.server_conninfo + " user=postgres dbname=postgres";
  return stack;
}

OwnKafka::OwnKafka() : port_(FreePort()), controller_port_(FreePort()) { Start(); }
OwnKafka::OwnKafka(const Setup& setup) : port_(FreePort()), controller_port_(FreePort()) {
  const std::string kafka = (folder_.path() / "kafka").string();
  std::filesystem::create_directory(kafka);
  folder_.Write("kafka/extra.properties", setup.properties(port_, controller_port_));
  folder_.Write("kafka/format.arguments", setup.format_arguments);
  Start();
}
OwnKafka::~OwnKafka() { Control("remove"); }

void OwnKafka::Start() { Control("start"); }
void OwnKafka::Stop() { Control("stop"); }
void OwnKafka::Kill() { Control("kill"); }

void OwnKafka::Control(const std::string& command) {
  Run({SourcePath("tests/support/kafka_ctl.sh"), command, (folder_.path() / "kafka").string(),
       std::to_string(port_), std::to_string(controller_port_)});
}

TestStack OwnKafka::stack() const {
  TestStack stack = TestStack::Get();
  stack.brokers = "127.0.0.1:" + std::to_string(port_);
  return stack;
}

}  // namespace waybill::test
