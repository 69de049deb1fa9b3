#include "bench/growth/short_retention.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "bench/growth/short_topics.h"
#include "inventory_svc/app.h"
#include "notification_svc/app.h"
#include "order_svc/app.h"
#include "payment_svc/app.h"
#include "platform/events/topics.h"
#include "tests/support/process.h"
#include "tools/payment_sandbox/app.h"

namespace waybill::bench {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(10);
// Over the topics' retention.ms + segment.ms.
constexpr absl::Duration kInbox = absl::Seconds(75);

// Replaces the days by the next two hours' minutes. A name has eight digits, as the relay's functions
// take it.
constexpr char kMinutes[] = R"sql(
DO $$
DECLARE
    partition regclass;
    minute    timestamptz;
    name      text;
BEGIN
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'outbox'::regclass LOOP
        EXECUTE format('DROP TABLE %s', partition);
    END LOOP;
    FOR i IN -2..120 LOOP
        minute := date_trunc('minute', now()) + i * interval '1 minute';
        name := 'outbox_p' || to_char(minute AT TIME ZONE 'UTC', 'MMDDHH24MI');
        EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)', name, minute,
                       minute + interval '1 minute');
        EXECUTE format('ALTER TABLE %I OWNER TO waybill', name);
        EXECUTE format('GRANT SELECT ON %I TO outbox_relay', name);
    END LOOP;
END $$)sql";

void Shorten(service::HostConfig& config) {
  config.retention = {.every = absl::Milliseconds(500), .batch = 1000};
  config.inbox.outbox_retention = absl::ZeroDuration();
  config.inbox.retention = kInbox;
}

// The System keeps its configuration beside its mails.
std::string ConfigFile(const e2e::System& system, const std::string& name) {
  return std::filesystem::path(system.MailFolder()).replace_filename(name + ".toml").string();
}

template <typename Config>
Config ConfigOf(const e2e::System& system, const char* name, Config (*read)(ConfigReader&)) {
  absl::StatusOr<Config> config = service::LoadConfig(ConfigFile(system, name), read);
  if (!config.ok()) throw std::runtime_error(config.status().ToString());
  return *std::move(config);
}

}  // namespace

ShortRetention::ShortRetention() : system_({.secure = false, .processes = {e2e::kMailSink}}) {
  std::vector<std::string> topics;
  for (const char* topic :
       {events::kOrdersTopic, events::kPaymentsTopic, events::kInventoryTopic}) {
    topics.push_back(system_.topics().prefix() + topic);
  }
  SetTopics(system_.topics().config(), topics,
            {{"retention.ms", "60000"}, {"segment.ms", "10000"}});
  PartitionByMinute();
  ShortenRelay();
  StartServices();
}

ShortRetention::~ShortRetention() {
  while (!services_.empty()) {
    services_.back()->Shutdown();
    services_.pop_back();
  }
}

void ShortRetention::PartitionByMinute() {
  for (const char* name : {"orders", "payments", "inventory", "notifications"}) {
    system_.Db(name).Exec(kMinutes);
  }
}

void ShortRetention::ShortenRelay() {
  const std::string path = ConfigFile(system_, e2e::kRelay);
  const std::string text = absl::StrReplaceAll(
      test::ReadFile(path), {{"table = \"outbox\"\n",
                              "table = \"outbox\"\npartitions.create_function = \"\"\n"
                              "partitions.retention = \"10s\"\npartitions.every = \"2s\"\n"}});
  std::ofstream(path) << text;
  system_.Start(e2e::kRelay);
}

void ShortRetention::StartServices() {
  auto sandbox = ConfigOf(system_, e2e::kSandbox, &payment_sandbox::ReadConfig);
  sandbox.retention.every = absl::Milliseconds(500);
  sandbox.intent_retention = kPeriod;
  auto orders = ConfigOf(system_, e2e::kOrderSvc, &order_svc::ReadConfig);
  Shorten(orders);
  orders.request_key_retention = kPeriod;
  orders.history_retention = kPeriod;
  auto payments = ConfigOf(system_, e2e::kPaymentSvc, &payment_svc::ReadConfig);
  Shorten(payments);
  auto inventory = ConfigOf(system_, e2e::kInventorySvc, &inventory_svc::ReadConfig);
  Shorten(inventory);
  inventory.request_key_retention = kPeriod;
  auto notifications = ConfigOf(system_, e2e::kNotificationSvc, &notification_svc::ReadConfig);
  Shorten(notifications);
  notifications.mail_text_retention = kPeriod;

  services_.push_back(std::make_unique<payment_sandbox::App>(sandbox));
  services_.push_back(std::make_unique<order_svc::App>(orders));
  services_.push_back(std::make_unique<payment_svc::App>(payments));
  services_.push_back(std::make_unique<inventory_svc::App>(inventory));
  services_.push_back(std::make_unique<notification_svc::App>(notifications));
  for (const auto& service : services_) {
    if (const absl::Status status = service->Start(); !status.ok()) {
      throw std::runtime_error("a service doesn't start: " + status.ToString());
    }
  }
}

}  // namespace waybill::bench
