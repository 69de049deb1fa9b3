#include "tests/support/throwaway_server.h"

#include <filesystem>
#include <stdexcept>
#include <vector>

#include "tests/support/free_port.h"
#include "tests/support/process.h"

namespace waybill::test {

void ThrowawayServer::GuardCloser::operator()(std::FILE* guard) const { pclose(guard); }

ThrowawayServer::ThrowawayServer(const std::string& script_name, bool has_controller)
    : script_(SourcePath("tests/support/" + script_name)),
      port_(FreePort()),
      controller_port_(has_controller ? FreePort() : 0) {
  const std::string server = (folder_.path() / "server").string();
  const std::string remove = "trap '' INT TERM; cat >/dev/null; exec '" + script_ + "' remove '" +
                             server + "' " + std::to_string(port_) + (has_controller ? " 0" : "") +
                             " >/dev/null 2>&1";
  guard_.reset(popen(remove.c_str(), "we"));
  if (guard_ == nullptr) throw std::runtime_error("can't start a shell to guard " + script_);
}

void ThrowawayServer::Control(const std::string& verb) {
  std::vector<std::string> argv = {script_, verb, (folder_.path() / "server").string(),
                                   std::to_string(port_)};
  if (controller_port_ != 0) argv.push_back(std::to_string(controller_port_));
  const Finished finished = RunToEnd(argv, {}, absl::Seconds(120));
  if (finished.status != 0) {
    throw std::runtime_error(script_ + " " + verb + " failed:\n" + finished.output);
  }
}

ThrowawayPostgres::ThrowawayPostgres() : ThrowawayServer("postgres_ctl.sh", false) {
  Start();
  Control("templates");
}

TestStack ThrowawayPostgres::stack() const {
  TestStack stack = TestStack::Get();
  stack.server_conninfo = "host=127.0.0.1 port=" + std::to_string(port());
  stack.admin_conninfo = stack.server_conninfo + " user=postgres dbname=postgres";
  stack.secured.postgres = false;
  return stack;
}

ThrowawayKafka::ThrowawayKafka() : ThrowawayServer("kafka_ctl.sh", true) { Start(); }

ThrowawayKafka::ThrowawayKafka(const Setup& setup) : ThrowawayServer("kafka_ctl.sh", true) {
  std::filesystem::create_directory(folder().path() / "server");
  folder().Write("server/extra.properties", setup.properties(port(), controller_port()));
  folder().Write("server/format.arguments", setup.format_arguments);
  Start();
}

TestStack ThrowawayKafka::stack() const {
  TestStack stack = TestStack::Get();
  stack.brokers = "127.0.0.1:" + std::to_string(port());
  stack.secured.brokers = "";
  return stack;
}

}  // namespace waybill::test
