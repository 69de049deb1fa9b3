#include "tests/e2e/system.h"

#include <signal.h>

#include <chrono>
#include <future>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "platform/kafka/acl.h"
#include "tests/e2e/http.h"
#include "tests/e2e/proxy.h"
#include "tests/e2e/system_names.h"
#include "tests/support/free_port.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr absl::Duration kStartPatience = absl::Seconds(30);

const char* const kDatabases[] = {"orders", "payments", "inventory", "notifications", "sandbox"};
// Services come before the servers that they call.
const char* const kPrograms[] = {kProxy,        kRelay,           kOrderSvc, kPaymentSvc,
                                 kInventorySvc, kNotificationSvc, kSandbox,  kMailSink};
std::vector<std::string> Instances(const SystemOptions& options) {
  if (options.instances == 1) return options.processes;
  std::vector<std::string> names;
  for (const std::string& process : options.processes) {
    const bool once = process == kMailSink || process == kSandbox;
    if (once) names.push_back(process);
    for (int i = 1; !once && i <= options.instances; ++i) {
      names.push_back(absl::StrCat(process, "-", i));
    }
  }
  names.push_back(kProxy);
  return names;
}

bool Accepts(const std::shared_ptr<::grpc::Channel>& channel) {
  // A handshake over TLS takes longer on a busy machine.
  return channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(1));
}

}  // namespace

System::System(SystemOptions options)
    : options_(std::move(options)), doors_(options_.secure, folder_), topics_(options_.stack) {
  auto topics = std::async(std::launch::async, [this] {
    topics_.CreateAll();
    AllowAtKafka();
  });
  std::map<std::string, std::future<std::unique_ptr<test::TestDatabase>>> databases;
  for (const char* name : kDatabases) {
    databases[name] = std::async(std::launch::async, [this, name] {
      const bool is_provider = std::string_view(name) == "sandbox";
      return std::make_unique<test::TestDatabase>(
          name, is_provider ? options_.provider_stack.value_or(options_.stack) : options_.stack);
    });
  }
  for (auto& [name, database] : databases) databases_[name] = database.get();
  topics.get();
  const std::vector<std::string> started = Instances(options_);
  // A test may start the others later.
  std::set<std::string> names(std::begin(kPrograms), std::end(kPrograms));
  names.insert(started.begin(), started.end());
  for (const std::string& name : names) {
    ports_[name] = test::FreePort();
    metrics_ports_[name] = test::FreePort();
  }
  folder_.Write("api_key", "sk_test_e2e");
  for (const std::string& name : names) folder_.Write(name + ".toml", Config(name));
  for (const std::string& name : started) Spawn(name);
  WaitUntilServing();
}

System::~System() {
  // Stop the services first: without their servers they would log errors and end slowly.
  for (const char* program : kPrograms) {
    std::erase_if(processes_, [&](const auto& p) { return ProgramOf(p.first) == program; });
  }
}

void System::AllowAtKafka() {
  if (!options_.secure || options_.stack.secured.brokers.empty()) return;
  const absl::StatusOr<std::vector<kafka::Acl>> acls =
      kafka::ParseAcls(test::ReadFile(test::SourcePath("deploy/kafka/acls.txt")), topics_.prefix());
  if (!acls.ok()) throw std::runtime_error(acls.status().ToString());
  if (const absl::Status status = kafka::Allow(topics_.config(), *acls, kStartPatience);
      !status.ok()) {
    throw std::runtime_error(status.ToString());
  }
  // The broker applies them in order, so the last one is in effect last.
  test::WaitUntil(
      [&] {
        return kafka::AreInEffect(topics_.config(), {acls->back()}, kStartPatience).value_or(false);
      },
      "the rights at Kafka");
}

void System::Spawn(const std::string& name, const std::map<std::string, std::string>& env) {
  test::ProcessOptions options;
  options.env = env;
  options.log_file = (folder_.path() / (name + ".log")).string();
  if (name == kMailSink) {
    options.argv = {"/usr/bin/python3",
                    test::SourcePath("tools/mail_sink.py"),
                    "--port",
                    std::to_string(ports_.at(name)),
                    "--dir",
                    MailFolder()};
  } else if (name == kProxy) {
    std::map<std::string, std::string> addresses;
    for (const auto& [other, port] : ports_) addresses[other] = Address(other);
    options.argv =
        ProxyCommand(folder_.path().string(), folder_.Write("nginx.conf", ProxyConfig(addresses)));
  } else {
    options.argv = {test::BinaryPath(ProgramOf(name))};
    if (ProgramOf(name) == kRelay) options.argv.push_back("run");
    options.argv.insert(options.argv.end(), {"--config", ConfigFile(name)});
  }
  processes_[name] = std::make_unique<test::ChildProcess>(options);
}

void System::Start(const std::string& name) {
  if (IsRunning(name)) throw std::logic_error(name + " is already running");
  Spawn(name);
  WaitUntilServes(name);
}

void System::StartToDieAt(const std::string& name, const std::string& point) {
  if (IsRunning(name)) throw std::logic_error(name + " is already running");
  Spawn(name, {{"WAYBILL_DIE_AT", point}});
}

void System::Stop(const std::string& name) { processes_.at(name)->Terminate(); }

void System::Kill(const std::string& name) { processes_.at(name)->Kill(); }

void System::Pause(const std::string& name) { processes_.at(name)->Signal(SIGSTOP); }

void System::Resume(const std::string& name) { processes_.at(name)->Signal(SIGCONT); }

bool System::IsRunning(const std::string& name) {
  const auto found = processes_.find(name);
  return found != processes_.end() && found->second->IsRunning();
}

bool System::Serves(const std::string& name) {
  if (name == kSandbox) return !HttpGet("http://" + Address(name) + "/health").empty();
  if (name == kMailSink) return test::PortAnswers(ports_.at(name));
  if (name == kProxy) return Accepts(Channel(kNotificationSvc));
  if (ProgramOf(name) != kRelay) return Accepts(Channel(name));
  for (const char* source : kSources) {
    test::TestDatabase& db = Db(source);
    if (db.QueryInt("SELECT count(*) FROM pg_replication_slots WHERE active AND database = '" +
                    db.name() + "'") != 1) {
      return false;
    }
  }
  return true;
}

void System::WaitUntilServes(const std::string& name) {
  const auto result = test::Eventually([&] { return !IsRunning(name) || Serves(name); },
                                       name + " serves", kStartPatience);
  if (!result || !IsRunning(name)) {
    throw std::runtime_error(name + " does not serve: " + result.message() + "; it wrote:\n" +
                             Log(name));
  }
}

void System::WaitUntilServing() {
  for (const auto& [name, process] : processes_) {
    if (process->IsRunning()) WaitUntilServes(name);
  }
}

std::string System::Address(const std::string& name) const {
  return "127.0.0.1:" + std::to_string(ports_.at(name));
}

std::string System::MetricsUrl(const std::string& name) const {
  return (options_.secure ? "https://127.0.0.1:" : "http://127.0.0.1:") +
         std::to_string(metrics_ports_.at(name));
}

std::string System::AskMetrics(const std::string& name, const std::string& path) const {
  return HttpGet(MetricsUrl(name) + path, options_.secure ? doors_.ca_file() : "");
}

std::string System::Log(const std::string& name) const {
  return test::ReadFile(folder_.path() / (name + ".log"));
}

}  // namespace waybill::e2e
