// Runs all of Waybill as processes: five databases, the topics, a mail sink, the payment sandbox,
// four services and the relay, on free ports and without sharing anything with another test.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/doors.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_database.h"
#include "tests/support/test_stack.h"
#include "tests/support/test_topics.h"

namespace waybill::e2e {

inline constexpr char kOrderSvc[] = "order_svc";
inline constexpr char kPaymentSvc[] = "payment_svc";
inline constexpr char kInventorySvc[] = "inventory_svc";
inline constexpr char kNotificationSvc[] = "notification_svc";
inline constexpr char kRelay[] = "outbox_relay";
inline constexpr char kSandbox[] = "payment_sandbox";
inline constexpr char kMailSink[] = "mail_sink";
// Stands in front of the services where there are several instances of them.
inline constexpr char kProxy[] = "nginx";

struct SystemOptions {
  test::TestStack stack = test::TestStack::Get();
  // Where the payment sandbox keeps its books; by default in the same server.
  std::optional<test::TestStack> provider_stack = std::nullopt;
  std::string order_timeout = "30m";
  // True: TLS on gRPC and metrics, and on PostgreSQL and Kafka if `stack` offers it; callers have tokens,
  // API keys or client certificates; each program has a Kafka user with its own ACLs. False: plain text
  // everywhere, and the services believe x-user-id and x-user-role.
  bool secure = true;
  // How long payment_svc waits for the provider.
  std::string provider_call_timeout = "2s";
  // The processes to start, in this order.
  std::vector<std::string> processes = {kMailSink,   kSandbox,      kRelay,          kOrderSvc,
                                        kPaymentSvc, kInventorySvc, kNotificationSvc};
  // Of the relay and of each service. If there are several, the processes are "order_svc-1",
  // "order_svc-2" and so on, and callers reach the services through the proxy; `secure` must be false.
  int instances = 1;
};

// Owned by a test or its suite. Only the const methods are thread-safe.
class System {
 public:
  // Creates databases, topics and configurations, starts the processes and waits until they serve.
  // Throws std::runtime_error when one doesn't serve in time.
  explicit System(SystemOptions options = {});
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // Starts a process that isn't running and waits until it serves.
  void Start(const std::string& name);
  // Starts a process that kills itself at the named point (platform/faults/fault_point.h:
  // "inbox.committed:2"). Doesn't wait until it serves, because it may die earlier.
  void StartToDieAt(const std::string& name, const std::string& point);
  // Sends SIGTERM; blocks until the process has ended.
  void Stop(const std::string& name);
  // Sends SIGKILL; blocks until the process has ended.
  void Kill(const std::string& name);
  // Send SIGSTOP and SIGCONT.
  void Pause(const std::string& name);
  void Resume(const std::string& name);
  bool IsRunning(const std::string& name);
  // Waits until every running process serves, for example after a server was down.
  void WaitUntilServing();

  // Returns the process's address: "127.0.0.1:12345". A service's own name is the proxy's address
  // for it where there are several instances.
  std::string Address(const std::string& name) const;
  // Returns a new channel to the process.
  std::shared_ptr<::grpc::Channel> Channel(const std::string& name) const {
    return doors_.MakeChannel(Address(name));
  }
  // Returns a call's context with the credentials of that user.
  std::unique_ptr<::grpc::ClientContext> Context(const CallOptions& options = {}) const {
    return doors_.MakeContext(options);
  }
  // Returns the URL of its metrics and health: "https://127.0.0.1:12346".
  std::string MetricsUrl(const std::string& name) const;
  // Returns the body at `path`, "/metrics" or "/readyz". Throws std::runtime_error unless it is a 200.
  std::string AskMetrics(const std::string& name, const std::string& path) const;
  // Returns everything that the process has logged, over all its restarts.
  std::string Log(const std::string& name) const;
  std::string ConfigFile(const std::string& name) const {
    return (folder_.path() / (name + ".toml")).string();
  }
  // Writes a file that is removed with the system; returns its path.
  std::string Write(const std::string& name, const std::string& content) const {
    return folder_.Write(name, content);
  }
  // The file with a secret: "api_key".
  std::string Secret(const std::string& name) const { return (folder_.path() / name).string(); }
  // The folder in which the mail sink keeps its mails.
  std::string MailFolder() const { return (folder_.path() / "mails").string(); }

  // `name` is orders, payments, inventory, notifications or sandbox.
  test::TestDatabase& Db(const std::string& name) { return *databases_.at(name); }
  test::TestTopics& topics() { return topics_; }
  const Doors& doors() const { return doors_; }
  // If the system is secure: what to append to a conninfo, and the librdkafka properties of that Kafka
  // user. Otherwise empty.
  std::string PostgresTls() const;
  std::map<std::string, std::string> KafkaLogin(const std::string& user) const;
  // The brokers, as the programs reach them.
  std::string Brokers() const;

 private:
  // system_config.cc: the content of a process's configuration file.
  std::string Config(const std::string& name) const;
  std::string ServiceConfig(const std::string& name, const std::string& database) const;
  std::string KafkaSections(const std::string& program) const;
  std::string ProviderSection() const;
  // The relay's sources.
  std::string Sources() const;
  // Gives each user of the secured broker its rights on this system's topics and groups.
  void AllowAtKafka();
  void Spawn(const std::string& name, const std::map<std::string, std::string>& env = {});
  bool Serves(const std::string& name);
  void WaitUntilServes(const std::string& name);

  const SystemOptions options_;
  const test::TempFolder folder_;
  const Doors doors_;
  test::TestTopics topics_;
  std::map<std::string, std::unique_ptr<test::TestDatabase>> databases_;
  std::map<std::string, int> ports_;
  std::map<std::string, int> metrics_ports_;
  // Declared last, so that the processes end before what they use.
  std::map<std::string, std::unique_ptr<test::ChildProcess>> processes_;
};

}  // namespace waybill::e2e
