// orderctl: the operator's command line.
#include <CLI/CLI.hpp>
#include <cctype>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "platform/log/log.h"
#include "tools/orderctl/commands.h"

namespace {

constexpr char kExamples[] = R"(Examples:
  orderctl product set tea-assam "Assam, 250 g" EUR 790
  orderctl stock set tea-assam 100
  orderctl place --item tea-assam:2 --email ann@example.com --payment-method pm_card_visa
  orderctl watch 01941f29-7c00-7000-8000-000000000000
  orderctl refund 01941f29-7c00-7000-8000-000000000000 --item tea-assam:1
  orderctl ship 01941f29-7c00-7000-8000-000000000000
  orderctl --json list
  orderctl timeline 01941f29-7c00-7000-8000-000000000000
  orderctl parked list
  orderctl rewind --service payment_svc --dry-run
  orderctl verify
Exit codes: 0 the command succeeded, 1 it failed, 2 the command line is wrong, 3 the command succeeded and
its result is bad (violations were found, events stay parked).)";

void AddAddress(CLI::App& app, const std::string& name, const std::string& service,
                std::string& address) {
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  app.add_option("--" + name, address, service + ", HOST:PORT")
      ->envname("WAYBILL_" + upper + "_ADDR")
      ->capture_default_str()
      ->group("Services");
}

void AddDatabase(CLI::App& app, const std::string& name, std::string& conninfo) {
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  app.add_option("--" + name + "-db", conninfo,
                 "libpq connection string; only the command `key` writes to these databases")
      ->envname("WAYBILL_" + upper + "_DB")
      ->capture_default_str()
      ->group("The databases, for timeline, verify, audit, rewind and key");
}

void AddOutside(CLI::App& app, waybill::orderctl::Session& session) {
  constexpr char kGroup[] = "What timeline and verify read";
  app.add_option("--kafka", session.kafka.brokers, "The brokers, HOST:PORT,...")
      ->envname("WAYBILL_KAFKA")
      ->capture_default_str()
      ->group(kGroup);
  app.add_option("--topic-prefix", session.kafka.topic_prefix, "The prefix of every topic's name")
      ->envname("WAYBILL_TOPIC_PREFIX")
      ->group(kGroup);
  app.add_option_function<std::vector<std::string>>(
         "--kafka-property",
         [&session](const std::vector<std::string>& properties) {
           for (const std::string& property : properties) {
             const std::size_t equals = property.find('=');
             if (equals == std::string::npos)
               throw CLI::ValidationError("--kafka-property", "the property is not KEY=VALUE");
             session.kafka.properties[property.substr(0, equals)] = property.substr(equals + 1);
           }
         },
         "A property of librdkafka, KEY=VALUE; wins over --kafka-config. Others see it in the "
         "process list")
      ->group(kGroup);
  app.add_option_function<std::string>(
         "--kafka-config",
         [&session](const std::string& path) {
           absl::StatusOr<std::map<std::string, std::string>> properties =
               waybill::kafka::ReadPropertyFile(path);
           if (!properties.ok()) {
             throw CLI::ValidationError("--kafka-config",
                                        std::string(properties.status().message()));
           }
           session.kafka.properties.merge(*std::move(properties));
         },
         "A file of librdkafka's properties, one KEY=VALUE per line, such as those for TLS and "
         "SASL")
      ->envname("WAYBILL_KAFKA_CONFIG")
      ->group(kGroup);
  app.add_option(
         "--mail-dir", session.mail_folder,
         "The folder in which the mail sink keeps its mails; no mails are checked by default")
      ->envname("WAYBILL_MAIL_DIR")
      ->group(kGroup);
}

void AddCredentials(CLI::App& app, waybill::orderctl::Credentials& credentials) {
  const auto add = [&](const char* name, const char* variable, std::string& path,
                       const char* what) {
    return app.add_option(name, path, what)->envname(variable)->group("Services");
  };
  CLI::Option* const ca =
      add("--tls-ca", "WAYBILL_TLS_CA", credentials.ca,
          "The authority of the services' certificates (PEM file); calls use TLS");
  CLI::Option* const certificate =
      add("--tls-cert", "WAYBILL_TLS_CERT", credentials.certificate,
          "The own certificate (PEM file), where services know callers by it");
  CLI::Option* const key =
      add("--tls-key", "WAYBILL_TLS_KEY", credentials.key, "The key of --tls-cert (PEM file)");
  certificate->needs(ca)->needs(key);
  key->needs(certificate);
  add("--token-file", "WAYBILL_TOKEN_FILE", credentials.token,
      "The file with a bearer token or API key, which says who calls; a service may then name the"
      " user it calls for with --user");
}

}  // namespace

int main(int argc, char** argv) {
  namespace orderctl = waybill::orderctl;
  waybill::log::Init("orderctl", "error");
  orderctl::Session session;
  CLI::App app(
      "Places, follows, cancels, refunds and ships orders; maintains the catalog and the stock; "
      "finds out why an order is stuck.",
      "orderctl");
  app.footer(kExamples);
  app.require_subcommand(1);
  // Lets global options such as --json follow the command as well.
  app.fallthrough();
  const CLI::Option* const user =
      app.add_option("--user", session.user, "The user on whose behalf the calls are made")
          ->envname("WAYBILL_USER")
          ->capture_default_str();
  AddAddress(app, "orders", "order_svc", session.orders_address);
  AddAddress(app, "payments", "payment_svc", session.payments_address);
  AddAddress(app, "inventory", "inventory_svc", session.inventory_address);
  AddAddress(app, "notifications", "notification_svc", session.notifications_address);
  AddCredentials(app, session.credentials);
  AddDatabase(app, "orders", session.databases.orders);
  AddDatabase(app, "payments", session.databases.payments);
  AddDatabase(app, "inventory", session.databases.inventory);
  AddDatabase(app, "notifications", session.databases.notifications);
  AddDatabase(app, "sandbox", session.databases.sandbox);
  AddOutside(app, session);
  app.add_flag("--json", session.json, "Print JSON instead of text");
  orderctl::AddOrderCommands(app, session);
  orderctl::AddProductCommands(app, session);
  orderctl::AddStockCommands(app, session);
  orderctl::AddTimelineCommand(app, session);
  orderctl::AddParkedCommands(app, session);
  orderctl::AddRewindCommand(app, session);
  orderctl::AddAuditCommand(app, session);
  orderctl::AddKeyCommands(app, session);
  orderctl::AddVerifyCommand(app, session);
  orderctl::AddCompletionCommand(app, session);
  try {
    app.parse(argc, argv);
    session.names_user = user->count() > 0;
    return session.command();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? orderctl::kDone : orderctl::kUsage;
  } catch (const std::exception& error) {
    std::cerr << "orderctl: " << error.what() << "\n";
    return orderctl::kFailed;
  }
}
