// The configuration files of a System's processes.
#include "absl/strings/str_cat.h"
#include "tests/e2e/system.h"
#include "tests/e2e/system_names.h"

namespace waybill::e2e {
namespace {

std::string Section(const std::string& name, const std::map<std::string, std::string>& entries) {
  std::string text = "[" + name + "]\n";
  for (const auto& [key, value] : entries) absl::StrAppend(&text, key, " = \"", value, "\"\n");
  return text;
}

}  // namespace

std::string System::PostgresTls() const {
  const test::SecuredServers& secured = options_.stack.secured;
  if (!options_.secure || !secured.postgres) return "";
  return " sslmode=verify-full sslrootcert='" + secured.tls_folder + "/ca.crt'";
}

std::string System::Brokers() const {
  const bool is_secured = !KafkaLogin(kRelay).empty();
  return is_secured ? options_.stack.secured.brokers : options_.stack.brokers;
}

std::map<std::string, std::string> System::KafkaLogin(const std::string& user) const {
  const test::SecuredServers& secured = options_.stack.secured;
  if (!options_.secure || secured.brokers.empty()) return {};
  return secured.KafkaLogin(user);
}

std::string System::KafkaSections(const std::string& program) const {
  std::map<std::string, std::string> properties;
  for (const auto& [key, value] : KafkaLogin(program)) {
    if (key != "sasl.password") properties[absl::StrCat("\"", key, "\"")] = value;
  }
  // The shortest session that the broker allows, so that a killed member's partitions are reassigned
  // quickly.
  if (program != kRelay) properties["\"session.timeout.ms\""] = "6000";
  std::string sections =
      Section("kafka", {{"brokers", Brokers()}, {"topic_prefix", topics_.prefix()}}) +
      Section("kafka.properties", properties);
  if (!KafkaLogin(program).empty()) {
    sections += Section("kafka.property_files",
                        {{"\"sasl.password\"",
                          absl::StrCat(options_.stack.secured.kafka_passwords, "/", program)}});
  }
  return sections;
}

std::string System::ServiceConfig(const std::string& name, const std::string& database) const {
  const std::string program = ProgramOf(name);
  return KafkaSections(program) +
         Section("postgres",
                 {{"conninfo", databases_.at(database)->Conninfo(program) + PostgresTls()}}) +
         Section("grpc", {{"listen", Address(name)}}) + doors_.GrpcSections();
}

std::string System::ProviderSection() const {
  return Section("provider", {{"url", "http://" + Address(kSandbox)},
                              {"api_key_file", Secret("api_key")},
                              {"call_timeout", options_.provider_call_timeout},
                              {"search_lag", "200ms"},
                              {"search_complete_after", "15s"}});
}

std::string System::Config(const std::string& name) const {
  const std::string program = ProgramOf(name);
  const std::string all =
      Section("log", {{"level", "info"}}) +
      Section("metrics", {{"listen", absl::StrCat("127.0.0.1:", metrics_ports_.at(name))},
                          {"poll_every", "500ms"}}) +
      doors_.MetricsSections();
  if (program == kOrderSvc) {
    return all + ServiceConfig(name, "orders") +
           Section("order",
                   {{"timeout", options_.order_timeout}, {"timeout_check_every", "100ms"}});
  }
  if (program == kPaymentSvc) return all + ServiceConfig(name, "payments") + ProviderSection();
  if (program == kInventorySvc) return all + ServiceConfig(name, "inventory");
  if (program == kNotificationSvc) {
    return all + ServiceConfig(name, "notifications") +
           Section("smtp", {{"url", "smtp://" + Address(kMailSink)},
                            {"from", "orders@waybill.example"},
                            {"timeout", "5s"}});
  }
  if (program == kSandbox) {
    return all + Section("postgres", {{"conninfo", databases_.at("sandbox")->Conninfo(program)}}) +
           Section("http", {{"listen", Address(kSandbox)}});
  }
  if (program == kRelay) return all + KafkaSections(program) + Sources();
  return "";
}

std::string System::Sources() const {
  std::string sections;
  for (const char* source : kSources) {
    const test::TestDatabase& database = *databases_.at(source);
    // Slots belong to the whole cluster, so their names must be unique in it.
    absl::StrAppend(
        &sections, "[[source]]\nname = \"", source, "\"\nconninfo = \"", database.Conninfo(kRelay),
        PostgresTls(), "\"\npublication = \"waybill_outbox\"\nslot = \"s",
        database.name().substr(database.name().size() - 20), "_slot\"\ntable = \"outbox\"\n");
  }
  return sections;
}

}  // namespace waybill::e2e
