#include "tests/support/throwaway_server.h"

#include <stdexcept>
#include <vector>

#include "tests/support/free_port.h"
#include "tests/support/process.h"
#include "tests/support/test_stack.h"

namespace waybill::test {

void ThrowawayServer::GuardCloser::operator()(std::FILE* guard) const { pclose(guard); }

ThrowawayServer ThrowawayServer::Postgres() {
  return ThrowawayServer(SourcePath("tests/support/postgres_ctl.sh"), false);
}

ThrowawayServer ThrowawayServer::Kafka() {
  return ThrowawayServer(SourcePath("tests/support/kafka_ctl.sh"), true);
}

ThrowawayServer::ThrowawayServer(std::string script, bool has_controller)
    : script_(std::move(script)),
      port_(FreePort()),
      controller_port_(has_controller ? FreePort() : 0),
      folder_(std::make_unique<TempFolder>()) {
  const std::string folder = (folder_->path() / "server").string();
  const std::string remove = "trap '' INT TERM; cat >/dev/null; exec '" + script_ + "' remove '" +
                             folder + "' " + std::to_string(port_) + (has_controller ? " 0" : "") +
                             " >/dev/null 2>&1";
  guard_.reset(popen(remove.c_str(), "we"));
  if (guard_ == nullptr) throw std::runtime_error("can't start a shell to guard " + script_);
  Start();
}

void ThrowawayServer::Kill() { Control("kill"); }

void ThrowawayServer::Start() { Control("start"); }

void ThrowawayServer::MakeTemplates() { Control("templates"); }

void ThrowawayServer::Control(const std::string& verb) {
  std::vector<std::string> argv = {script_, verb, (folder_->path() / "server").string(),
                                   std::to_string(port_)};
  if (controller_port_ != 0) argv.push_back(std::to_string(controller_port_));
  const Finished finished = RunToEnd(argv, {}, absl::Seconds(120));
  if (finished.status != 0) {
    throw std::runtime_error(script_ + " " + verb + " failed:\n" + finished.output);
  }
}

}  // namespace waybill::test
