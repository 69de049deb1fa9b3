#include "outbox_relay/commands/commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include "outbox_relay/app.h"
#include "outbox_relay/base/printable.h"
#include "outbox_relay/check/check.h"
#include "outbox_relay/checkpoint/relay_tables.h"
#include "outbox_relay/commands/parked_commands.h"
#include "outbox_relay/commands/report_error.h"
#include "outbox_relay/commands/republish_command.h"
#include "outbox_relay/config.h"
#include "outbox_relay/watch/slot_health.h"
#include "platform/config/exit_code.h"
#include "platform/service/main.h"

namespace waybill::outbox_relay {
namespace {

// Prints the findings; false if something is broken.
bool Report(const std::vector<Finding>& findings) {
  bool usable = true;
  for (const Finding& finding : findings) {
    static constexpr const char* kGrades[] = {"ok  ", "warn", "FAIL"};
    std::printf("  %s  %s\n", kGrades[static_cast<int>(finding.grade)],
                Printable(finding.text).c_str());
    if (finding.grade == Finding::Grade::kFine) continue;
    if (!finding.fix.empty()) std::printf("        -> %s\n", Printable(finding.fix).c_str());
    usable = usable && finding.grade != Finding::Grade::kBroken;
  }
  return usable;
}

int Check(const std::string& config_path) {
  absl::StatusOr<RelayConfig> config = service::LoadConfig(config_path, &ReadConfig);
  if (!config.ok()) return ReportError(config.status());
  bool usable = true;
  for (const SourceConfig& source : config->sources) {
    std::printf("source %s\n", Printable(source.name).c_str());
    usable = Report(CheckSource(source)) && usable;
    usable = Report(CheckTopics(config->kafka, source)) && usable;
  }
  usable = Report(CheckSources(config->sources)) && usable;
  return usable ? kExitOk : kExitConfig;
}

// False if the slot is lost or nears its limit.
bool PrintHealth(const SourceConfig& source, const SlotHealth& health) {
  std::printf("source %s\n", Printable(source.name).c_str());
  if (health.slot.empty()) {
    std::puts("  no relay has ever started on it");
    return true;
  }
  std::printf("  slot %s: %s, %s\n", Printable(health.slot).c_str(), health.wal_status.c_str(),
              health.active ? "a relay streams from it" : "nobody streams from it");
  std::printf("  %lld bytes of log retained, %lld behind the confirmed position, ",
              static_cast<long long>(health.retained_bytes),
              static_cast<long long>(health.lag_bytes));
  if (health.safe_bytes) {
    std::printf("%lld more until the slot is lost\n", static_cast<long long>(*health.safe_bytes));
  } else {
    std::puts("without a limit (max_slot_wal_keep_size)");
  }
  std::printf("  %lld rows parked\n", static_cast<long long>(health.parked_rows));
  return !health.lost() && !health.endangered();
}

int Status(const std::string& config_path) {
  absl::StatusOr<RelayConfig> config = service::LoadConfig(config_path, &ReadConfig);
  if (!config.ok()) return ReportError(config.status());
  bool fine = true;
  for (const SourceConfig& source : config->sources) {
    auto connection = PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql,
                                            {{"statement_timeout", "5000"}}, absl::Seconds(10));
    if (!connection.ok()) return ReportError(connection.status());
    const absl::StatusOr<SlotHealth> health = ReadSlotHealth(*connection, source);
    if (!health.ok()) return ReportError(health.status());
    fine = PrintHealth(source, *health) && fine;
  }
  return fine ? kExitOk : 1;
}

}  // namespace

void AddCommands(CLI::App& cli, int* exit_code) {
  auto config_path = std::make_shared<std::string>();
  CLI::App* run = cli.add_subcommand("run", "Relay until SIGTERM.");
  run->add_option("--config", *config_path, "The configuration file (TOML)")->required();
  run->callback([config_path, exit_code] {
    *exit_code = service::Run(kProgram, *config_path, service::ApplicationOf<App>());
  });

  AddParkedCommands(cli, exit_code);
  AddRepublishCommand(cli, exit_code);

  auto check_path = std::make_shared<std::string>();
  CLI::App* check = cli.add_subcommand(
      "check", "Try every right and setting that is needed, and say what to run for each.");
  check->add_option("--config", *check_path, "The configuration file (TOML)")->required();
  check->callback([check_path, exit_code] { *exit_code = Check(*check_path); });

  auto status_path = std::make_shared<std::string>();
  CLI::App* status = cli.add_subcommand("status",
                                        "Show how much log each slot retains, whether a relay runs "
                                        "or not; exit 1 if one is in danger.");
  status->add_option("--config", *status_path, "The configuration file (TOML)")->required();
  status->callback([status_path, exit_code] { *exit_code = Status(*status_path); });

  auto role = std::make_shared<std::string>("outbox_relay");
  CLI::App* schema =
      cli.add_subcommand("schema", "Print the SQL that makes the relay's own tables.");
  schema->add_option("--role", *role, "The role that the relay logs in as");
  schema->callback([role] { std::fputs(RelayTablesSql(*role).c_str(), stdout); });
}

}  // namespace waybill::outbox_relay
