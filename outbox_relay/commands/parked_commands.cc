#include "outbox_relay/commands/parked_commands.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "outbox_relay/base/printable.h"
#include "outbox_relay/commands/choose_source.h"
#include "outbox_relay/commands/report_error.h"
#include "outbox_relay/config.h"
#include "outbox_relay/parking/parking_desk.h"
#include "platform/service/main.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kEscaped[] = "Topic and key are written as `list` prints them: \\xHH, \\\\";

struct Arguments {
  std::string config;
  std::string source;
  std::string topic;
  std::string key;
  std::int64_t row = 0;
  bool all = false;
  // The topic and the key are written as `list` prints them.
  bool escaped = false;
};

using Work = std::function<absl::Status(ParkingDesk&, const Arguments&)>;

absl::Status AtDesk(const Arguments& arguments, const Work& work) {
  ASSIGN_OR_RETURN(const RelayConfig config, service::LoadConfig(arguments.config, &ReadConfig));
  ASSIGN_OR_RETURN(const SourceConfig source, ChooseSource(config, arguments.source));
  ASSIGN_OR_RETURN(PgConnection connection,
                   PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql, {},
                                         absl::Seconds(10)));
  ParkingDesk desk(connection, source.name);
  return work(desk, arguments);
}

// Puts the bytes that they stand for in place of the topic and the key.
absl::Status Unescape(Arguments& arguments) {
  if (!arguments.escaped) return absl::OkStatus();
  for (std::string* text : {&arguments.topic, &arguments.key}) {
    const std::optional<std::string> bytes = FromPrintable(*text);
    if (!bytes) {
      return absl::InvalidArgumentError(
          StrCat("a backslash begins neither \\xHH nor \\\\ in: ", Printable(*text)));
    }
    *text = *bytes;
  }
  return absl::OkStatus();
}

absl::Status List(ParkingDesk& desk, const Arguments&) {
  ASSIGN_OR_RETURN(const std::vector<ParkedKeySummary> keys, desk.List());
  for (const ParkedKeySummary& key : keys) {
    std::printf("%s\t%s\t%lld rows\t%s\t%s\tsince %s%s\n", Printable(key.topic).c_str(),
                Printable(key.key).c_str(), static_cast<long long>(key.rows), key.reason.c_str(),
                Printable(key.error).c_str(), key.parked_at.c_str(),
                key.release_requested ? "\tbeing released" : "");
  }
  if (keys.empty()) std::puts("nothing is parked");
  return absl::OkStatus();
}

absl::Status Show(ParkingDesk& desk, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<ParkedRowDetail> rows,
                   desk.Show(arguments.topic, arguments.key));
  if (rows.empty()) return absl::NotFoundError("no row of this key is parked");
  for (const ParkedRowDetail& row : rows) {
    std::printf("row %lld (%s): %s %s, parked %s%s%s\n", static_cast<long long>(row.id),
                Printable(row.row_id).c_str(), row.reason.c_str(), Printable(row.error).c_str(),
                row.parked_at.c_str(), row.discarded_at.empty() ? "" : ", discarded ",
                row.discarded_at.c_str());
    if (row.payload_omitted) {
      std::puts("  too large to be copied: the outbox has the payload and the headers");
      continue;
    }
    for (const auto& [name, value] : row.headers) {
      std::printf("  %s=%s\n", Printable(name).c_str(), Printable(value).c_str());
    }
    std::printf("  %lld bytes: %s\n", static_cast<long long>(row.payload_bytes),
                Printable(row.payload).c_str());
  }
  return absl::OkStatus();
}

absl::Status Release(ParkingDesk& desk, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::int64_t keys, arguments.all
                                                ? desk.ReleaseAll(arguments.topic)
                                                : desk.Release(arguments.topic, arguments.key));
  if (keys == 0) return absl::NotFoundError("no such key is parked");
  std::printf("the relay will publish %lld keys\n", static_cast<long long>(keys));
  return absl::OkStatus();
}

absl::Status Discard(ParkingDesk& desk, const Arguments& arguments) {
  RETURN_IF_ERROR(desk.Discard(arguments.row));
  std::printf("row %lld will never be published\n", static_cast<long long>(arguments.row));
  return absl::OkStatus();
}

CLI::App* AddCommand(CLI::App& parked, const std::shared_ptr<Arguments>& arguments,
                     const char* name, const char* description, Work work, int* exit_code) {
  CLI::App* command = parked.add_subcommand(name, description);
  command->add_option("--config", arguments->config, "The configuration file (TOML)")->required();
  command->add_option("--source", arguments->source, "Which source, if there are several");
  command->callback([arguments, work = std::move(work), exit_code] {
    absl::Status status = Unescape(*arguments);
    if (status.ok()) status = AtDesk(*arguments, work);
    if (!status.ok()) *exit_code = ReportError(status);
  });
  return command;
}

}  // namespace

void AddParkedCommands(CLI::App& cli, int* exit_code) {
  CLI::App* parked = cli.add_subcommand(
      "parked", "Show, release or discard the rows that Kafka refused, and those behind them.");
  parked->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  AddCommand(*parked, arguments, "list", "List the keys with parked rows.", List, exit_code);
  CLI::App* show =
      AddCommand(*parked, arguments, "show", "Show a key's rows, in order.", Show, exit_code);
  show->add_option("--topic", arguments->topic, "Without the prefix")->required();
  show->add_option("--key", arguments->key)->required();
  show->add_flag("--escaped", arguments->escaped, kEscaped);
  CLI::App* release = AddCommand(*parked, arguments, "release", "Let the relay publish rows again.",
                                 Release, exit_code);
  release->add_option("--topic", arguments->topic, "Without the prefix");
  CLI::Option* key = release->add_option("--key", arguments->key);
  release->add_flag("--all", arguments->all, "Every key (of the topic, if one is given)")
      ->excludes(key);
  release->add_flag("--escaped", arguments->escaped, kEscaped);
  CLI::App* discard =
      AddCommand(*parked, arguments, "discard", "Drop one row for good.", Discard, exit_code);
  discard->add_option("--row", arguments->row, "Its number, from `show`")->required();
}

}  // namespace waybill::outbox_relay
