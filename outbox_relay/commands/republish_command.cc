#include "outbox_relay/commands/republish_command.h"

#include <cstdio>
#include <memory>
#include <string>

#include "outbox_relay/base/printable.h"
#include "outbox_relay/checkpoint/relay_tables.h"
#include "outbox_relay/commands/choose_source.h"
#include "outbox_relay/commands/report_error.h"
#include "outbox_relay/commands/republish_follower.h"
#include "outbox_relay/republish/request_desk.h"
#include "platform/config/exit_code.h"
#include "platform/service/main.h"
#include "platform/types/status_macros.h"

namespace waybill::outbox_relay {
namespace {

struct Arguments {
  std::string config;
  std::string source;
  RepublishArguments rows;
  bool dry_run = false;
  bool stop = false;
};

void PrintRows(const RetainedRows& rows) {
  for (const TopicSummary& topic : rows.topics) {
    std::printf("%s\t%lld rows%s%s%s%s\n",
                topic.topic.empty() ? "(no topic)" : Printable(topic.topic).c_str(),
                static_cast<long long>(topic.rows), topic.from.empty() ? "" : "\tfrom ",
                topic.from.c_str(), topic.to.empty() ? "" : " to ", topic.to.c_str());
  }
  if (rows.total == 0) {
    std::puts("no retained row is in this range");
  } else if (rows.order.empty()) {
    std::puts("in no order: the source has neither columns.order nor columns.row_id");
  } else {
    std::printf("in the order of column \"%s\"\n", Printable(rows.order).c_str());
  }
}

absl::StatusOr<int> Stop(RequestStore& store) {
  ASSIGN_OR_RETURN(const std::optional<RepublishRequest> stopped, store.Stop());
  if (!stopped) return absl::NotFoundError("no republication is under way");
  std::printf(
      "republication %lld (%s) stops, %lld of %lld rows are done: the same command goes on"
      " with it\n",
      static_cast<long long>(stopped->id), Printable(stopped->arguments).c_str(),
      static_cast<long long>(stopped->counts.all()), static_cast<long long>(stopped->total));
  return kExitOk;
}

// The request to follow: an unfinished one, or a new one. Its id is 0 if no row is in the range.
absl::StatusOr<RepublishRequest> Request(RequestDesk& desk, const RepublishArguments& arguments) {
  ASSIGN_OR_RETURN(const std::optional<RepublishRequest> unfinished, desk.Unfinished(arguments));
  if (unfinished) {
    RETURN_IF_ERROR(desk.Submit(*unfinished).status());
    std::printf(
        "going on with republication %lld (%s), requested at %s: %lld of %lld rows are"
        " done\n",
        static_cast<long long>(unfinished->id), Printable(unfinished->arguments).c_str(),
        unfinished->requested_at.c_str(), static_cast<long long>(unfinished->counts.all()),
        static_cast<long long>(unfinished->total));
    return *unfinished;
  }
  ASSIGN_OR_RETURN(RetainedRows rows, desk.Count(arguments));
  PrintRows(rows);
  if (rows.total == 0) return rows.request;
  ASSIGN_OR_RETURN(rows.request.id, desk.Submit(rows.request));
  std::printf("republication %lld (%s): %lld rows\n", static_cast<long long>(rows.request.id),
              Printable(rows.request.arguments).c_str(), static_cast<long long>(rows.total));
  return rows.request;
}

absl::StatusOr<int> Republish(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const RelayConfig config, service::LoadConfig(arguments.config, &ReadConfig));
  ASSIGN_OR_RETURN(const SourceConfig source, ChooseSource(config, arguments.source));
  ASSIGN_OR_RETURN(PgConnection connection,
                   PgConnection::Connect(source.conninfo.Get(), PgConnection::Kind::kSql, {},
                                         absl::Seconds(10)));
  RETURN_IF_ERROR(EnsureRelayTables(connection));
  RequestStore store(connection, source);
  if (arguments.stop) return Stop(store);
  RequestDesk desk(connection, source);
  if (arguments.dry_run) {
    ASSIGN_OR_RETURN(const RetainedRows rows, desk.Count(arguments.rows));
    PrintRows(rows);
    return kExitOk;
  }
  RepublishFollower follower(store);
  ASSIGN_OR_RETURN(const RepublishRequest request, Request(desk, arguments.rows));
  if (request.id == 0) return kExitOk;
  return follower.Follow(request.id);
}

}  // namespace

void AddRepublishCommand(CLI::App& cli, int* exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = cli.add_subcommand(
      "republish", "Let the running relay publish retained rows again, and follow it.");
  command->add_option("--config", arguments->config, "The configuration file (TOML)")->required();
  command->add_option("--source", arguments->source, "Which source, if there are several");
  const std::vector<CLI::Option*> about = {
      command->add_option("--since", arguments->rows.since,
                          "Rows from then on: 2026-01-31T12:00:00Z, or 2h, 7d ago"),
      command->add_option("--until", arguments->rows.until, "Rows before then"),
      command->add_option("--topic", arguments->rows.topic,
                          "Rows of this topic, without the prefix"),
      command->add_option("--key", arguments->rows.key, "Rows of this key"),
      command->add_flag("--dry-run", arguments->dry_run, "Count the rows and change nothing")};
  CLI::Option* stop =
      command->add_flag("--stop", arguments->stop, "Stop the republication that is under way");
  for (CLI::Option* option : about) stop->excludes(option);
  command->callback([arguments, exit_code] {
    // A reader behind a pipe sees each line at once.
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const absl::StatusOr<int> ended = Republish(*arguments);
    *exit_code = ended.ok() ? *ended : ReportError(ended.status());
  });
}

}  // namespace waybill::outbox_relay
