#include "tests/e2e/system.h"

#include <signal.h>

#include <chrono>
#include <future>
#include <stdexcept>

#include "tests/e2e/http.h"
#include "tests/support/free_port.h"
#include "tests/support/grpc_client.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr absl::Duration kStartPatience = absl::Seconds(30);

const char* const kDatabases[] = {"orders", "payments", "inventory", "notifications", "sandbox"};
// The databases with an outbox.
const char* const kSources[] = {"orders", "payments", "inventory", "notifications"};

std::string Section(const std::string& name, const std::map<std::string, std::string>& entries) {
  std::string text = "[" + name + "]\n";
  for (const auto& [key, value] : entries) text += key + " = \"" + value + "\"\n";
  return text;
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
      return std::make_unique<test::TestDatabase>(name, options.stack);
    });
  }
  for (auto& [name, database] : databases) databases_[name] = database.get();
  topics.get();
  for (const char* name :
       {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kSandbox, kMailSink}) {
    ports_[name] = test::FreePort();
  }
  for (const char* name :
       {kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kSandbox, kRelay}) {
    metrics_ports_[name] = test::FreePort();
  }
  WriteConfigs(options);
  for (const std::string& name : options.processes) Spawn(name);
  WaitUntilServing();
}

System::~System() {
  // Stop the services first: without their servers they would log errors and end slowly.
  for (const char* name :
       {kRelay, kOrderSvc, kPaymentSvc, kInventorySvc, kNotificationSvc, kSandbox, kMailSink}) {
    processes_.erase(name);
  }
}

void System::WriteConfigs(const SystemOptions& options) {
  const auto postgres = [&](const std::string& database, const std::string& role) {
    return Section("postgres", {{"conninfo", databases_.at(database)->Conninfo(role)}});
  };
  const std::string log = Section("log", {{"level", "info"}});
  const std::string kafka =
      Section("kafka", {{"brokers", options.stack.brokers}, {"topic_prefix", topics_.prefix()}});
  // The shortest session that the broker allows, so that a killed member's partitions are
  // reassigned quickly.
  const std::string consumer =
      kafka + Section("kafka.properties", {{"\"session.timeout.ms\"", "6000"}});
  const auto metrics = [&](const std::string& name) {
    return Section("metrics", {{"listen", MetricsAddress(name)}, {"poll_every", "500ms"}});
  };
  const auto service = [&](const std::string& name, const std::string& database) {
    return log + consumer + postgres(database, name) +
           Section("grpc", {{"listen", Address(name)}}) + metrics(name);
  };
  folder_.Write("order_svc.toml", service(kOrderSvc, "orders") +
                                      Section("order", {{"timeout", options.order_timeout},
                                                        {"timeout_check_every", "100ms"}}));
  folder_.Write("payment_svc.toml",
                service(kPaymentSvc, "payments") +
                    Section("provider", {{"url", "http://" + Address(kSandbox)},
                                         {"api_key_file", folder_.Write("api_key", "sk_test_e2e")},
                                         {"call_timeout", options.provider_call_timeout},
                                         {"search_lag", "200ms"},
                                         {"search_complete_after", "15s"}}));
  folder_.Write("inventory_svc.toml", service(kInventorySvc, "inventory"));
  folder_.Write("notification_svc.toml",
                service(kNotificationSvc, "notifications") +
                    Section("smtp", {{"url", "smtp://" + Address(kMailSink)},
                                     {"from", "orders@waybill.example"},
                                     {"timeout", "5s"}}));
  folder_.Write("payment_sandbox.toml", log + postgres("sandbox", kSandbox) +
                                            Section("http", {{"listen", Address(kSandbox)}}) +
                                            metrics(kSandbox));
  std::string relay = log + kafka + metrics(kRelay);
  for (const char* source : kSources) {
    // Slots belong to the whole cluster, so their names must be unique in it.
    relay += "[[source]]\nname = \"" + std::string(source) + "\"\nconninfo = \"" +
             databases_.at(source)->Conninfo(kRelay) +
             "\"\npublication = \"waybill_outbox\"\nslot = \"s" +
             databases_.at(source)->name().substr(databases_.at(source)->name().size() - 20) +
             "_slot\"\ntable = \"outbox\"\n";
  }
  folder_.Write("outbox_relay.toml", relay);
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
  } else {
    options.argv = {test::BinaryPath(name)};
    if (name == kRelay) options.argv.push_back("run");
    options.argv.insert(options.argv.end(),
                        {"--config", (folder_.path() / (name + ".toml")).string()});
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
  if (name != kRelay) return Accepts(Address(name));
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
