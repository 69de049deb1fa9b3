#include "tests/e2e/system.h"

#include <signal.h>

#include <chrono>
#include <future>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/http.h"
#include "tests/e2e/proxy.h"
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
// The databases with an outbox.
const char* const kSources[] = {"orders", "payments", "inventory", "notifications"};

std::string Section(const std::string& name, const std::map<std::string, std::string>& entries) {
  std::string text = "[" + name + "]\n";
  for (const auto& [key, value] : entries) text += key + " = \"" + value + "\"\n";
  return text;
}

// Returns "order_svc" of "order_svc-2".
std::string ProgramOf(const std::string& process) {
  return std::pair<std::string, std::string>(absl::StrSplit(process, absl::MaxSplits('-', 1)))
      .first;
}

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

bool Accepts(const std::string& address) {
  return test::MakeChannel(address)->WaitForConnected(std::chrono::system_clock::now() +
                                                      std::chrono::milliseconds(200));
}

}  // namespace

System::System(SystemOptions options) : topics_(options.stack) {
  auto topics = std::async(std::launch::async, [this] { topics_.CreateAll(); });
  std::map<std::string, std::future<std::unique_ptr<test::TestDatabase>>> databases;
  for (const char* name : kDatabases) {
    databases[name] = std::async(std::launch::async, [name, &options] {
      const bool is_provider = std::string_view(name) == "sandbox";
      return std::make_unique<test::TestDatabase>(
          name, is_provider ? options.provider_stack.value_or(options.stack) : options.stack);
    });
  }
  for (auto& [name, database] : databases) databases_[name] = database.get();
  topics.get();
  const std::vector<std::string> started = Instances(options);
  // A test may start the others later.
  std::set<std::string> names(std::begin(kPrograms), std::end(kPrograms));
  names.insert(started.begin(), started.end());
  for (const std::string& name : names) {
    ports_[name] = test::FreePort();
    metrics_ports_[name] = test::FreePort();
  }
  folder_.Write("api_key", "sk_test_e2e");
  for (const std::string& name : names) folder_.Write(name + ".toml", Config(name, options));
  for (const std::string& name : started) Spawn(name);
  WaitUntilServing();
}

System::~System() {
  // Stop the services first: without their servers they would log errors and end slowly.
  for (const char* program : kPrograms) {
    std::erase_if(processes_, [&](const auto& p) { return ProgramOf(p.first) == program; });
  }
}

std::string System::Config(const std::string& name, const SystemOptions& options) const {
  const std::string program = ProgramOf(name);
  const auto postgres = [&](const std::string& database) {
    return Section("postgres", {{"conninfo", databases_.at(database)->Conninfo(program)}});
  };
  const std::string kafka =
      Section("kafka", {{"brokers", options.stack.brokers}, {"topic_prefix", topics_.prefix()}});
  // The shortest session that the broker allows, so that a killed member's partitions are
  // reassigned quickly.
  const std::string consumer =
      kafka + Section("kafka.properties", {{"\"session.timeout.ms\"", "6000"}});
  const std::string all =
      Section("log", {{"level", "info"}}) +
      Section("metrics", {{"listen", MetricsAddress(name)}, {"poll_every", "500ms"}});
  const auto service = [&](const std::string& database) {
    return all + consumer + postgres(database) + Section("grpc", {{"listen", Address(name)}}) +
           Section("auth", {{"mode", options.auth_mode}});
  };
  if (program == kOrderSvc) {
    return service("orders") +
           Section("order", {{"timeout", options.order_timeout}, {"timeout_check_every", "100ms"}});
  }
  if (program == kPaymentSvc) {
    return service("payments") +
           Section("provider", {{"url", "http://" + Address(kSandbox)},
                                {"api_key_file", (folder_.path() / "api_key").string()},
                                {"call_timeout", options.provider_call_timeout},
                                {"search_lag", "200ms"},
                                {"search_complete_after", "15s"}});
  }
  if (program == kInventorySvc) return service("inventory");
  if (program == kNotificationSvc) {
    return service("notifications") + Section("smtp", {{"url", "smtp://" + Address(kMailSink)},
                                                       {"from", "orders@waybill.example"},
                                                       {"timeout", "5s"}});
  }
  if (program == kSandbox) {
    return all + postgres("sandbox") + Section("http", {{"listen", Address(kSandbox)}});
  }
  if (program == kRelay) return all + kafka + Sources();
  return "";
}

std::string System::Sources() const {
  std::string sections;
  for (const char* source : kSources) {
    const test::TestDatabase& database = *databases_.at(source);
    // Slots belong to the whole cluster, so their names must be unique in it.
    sections += "[[source]]\nname = \"" + std::string(source) + "\"\nconninfo = \"" +
                database.Conninfo(kRelay) + "\"\npublication = \"waybill_outbox\"\nslot = \"s" +
                database.name().substr(database.name().size() - 20) +
                "_slot\"\ntable = \"outbox\"\n";
  }
  return sections;
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
  if (name == kProxy) return Accepts(Address(kNotificationSvc));
  if (ProgramOf(name) != kRelay) return Accepts(Address(name));
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

std::string System::MetricsAddress(const std::string& name) const {
  return "127.0.0.1:" + std::to_string(metrics_ports_.at(name));
}

std::string System::Log(const std::string& name) const {
  return test::ReadFile(folder_.path() / (name + ".log"));
}

}  // namespace waybill::e2e
