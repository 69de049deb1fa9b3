#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "platform/kafka/admin.h"
#include "platform/kafka/topic_reader.h"
#include "platform/types/operator_time.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/databases.h"
#include "tools/orderctl/output.h"
#include "tools/verify/progress.h"
#include "tools/verify/sources.h"

namespace waybill::orderctl {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
// Clocks differ, and an event's record is older than its inbox row.
constexpr absl::Duration kMargin = absl::Minutes(10);

struct RewindOptions {
  std::string service;
  std::string to;
  bool dry_run = false;
};

// Where the group is in one partition, and where it is to be.
struct Move {
  kafka::TopicPartition partition;
  std::int64_t committed = 0;
  std::int64_t next = 0;
  // The partition has lost records, and those that are left begin no sooner than the time.
  bool is_cut = false;

  std::int64_t records() const { return committed - next; }
};

verify::Consumer ConsumerOf(const std::string& service) {
  int i = 0;
  while (i < verify::kConsumers - 1 && verify::NameOf(static_cast<verify::Consumer>(i)) != service)
    ++i;
  return static_cast<verify::Consumer>(i);
}

// Ten minutes before all that the service's database may lack: when the oldest event was made that the
// service received in its last ten minutes. If it had fallen behind, that is long before it received it.
absl::StatusOr<absl::Time> TimeOfDatabase(const Session& session, verify::Consumer consumer) {
  ASSIGN_OR_RETURN(
      const std::int64_t newest,
      verify::CountIn(
          DatabaseOf(session.databases, consumer),
          // An event's id is a UUIDv7: its first 48 bits are milliseconds.
          StrCat("WITH mine AS (SELECT event_id::text AS id, received_at FROM inbox"
                 " WHERE consumer = '",
                 verify::NameOf(consumer),
                 "'), last AS (SELECT max(received_at) AS at FROM mine)"
                 " SELECT coalesce(least("
                 "min(('x' || left(id, 8) || substr(id, 10, 4))::bit(48)::bigint) * 1000,"
                 " (extract(epoch FROM max(last.at)) * 1000000)::bigint), 0)"
                 " FROM mine, last WHERE received_at >= last.at - interval '10 minutes'")));
  return newest == 0 ? absl::UnixEpoch() : absl::FromUnixMicros(newest) - kMargin;
}

absl::StatusOr<std::vector<Move>> Plan(const Session& session, verify::Consumer consumer,
                                       absl::Time to) {
  ASSIGN_OR_RETURN(const auto reader,
                   kafka::TopicReader::Create(
                       session.kafka, session.kafka.topic_prefix + verify::NameOf(consumer)));
  std::vector<Move> moves;
  for (const std::string& name : verify::TopicsOf(consumer)) {
    const std::string topic = session.kafka.topic_prefix + name;
    ASSIGN_OR_RETURN(const auto wholes, reader->Whole(topic));
    ASSIGN_OR_RETURN(const auto uncommitted, reader->Uncommitted(topic));
    ASSIGN_OR_RETURN(const auto since, reader->Since(topic, to));
    for (std::size_t i = 0; i < std::min(uncommitted.size(), since.size()); ++i) {
      const std::int64_t committed = uncommitted[i].first;
      const std::int64_t next = std::min(committed, since[i].first);
      const bool is_cut = wholes[i].first > 0 && since[i].first <= wholes[i].first;
      moves.push_back({uncommitted[i].partition, committed, next, is_cut});
    }
  }
  return moves;
}

absl::Status Apply(const Session& session, const std::string& service,
                   const std::vector<Move>& moves) {
  std::vector<kafka::GroupOffset> offsets;
  for (const Move& move : moves) {
    if (move.records() > 0) offsets.push_back({move.partition, move.next});
  }
  if (offsets.empty()) return absl::OkStatus();
  absl::Status status = kafka::SetGroupOffsets(session.kafka, session.kafka.topic_prefix + service,
                                               offsets, kTimeout);
  if (!absl::IsFailedPrecondition(status)) return status;
  return absl::FailedPreconditionError(
      StrCat("stop every instance of ", service,
             " first; one that was killed counts as running for 10 s: ", ToStd(status.message())));
}

void PrintJson(const RewindOptions& options, absl::Time to, const std::vector<Move>& moves) {
  auto partitions = nlohmann::ordered_json::array();
  std::int64_t records = 0;
  for (const Move& move : moves) {
    records += move.records();
    partitions.push_back({{"topic", move.partition.topic},
                          {"partition", move.partition.partition},
                          {"committed", move.committed},
                          {"next", move.next},
                          {"isCut", move.is_cut}});
  }
  const nlohmann::ordered_json json = {
      {"service", options.service},
      {"to", absl::FormatTime(absl::RFC3339_full, to, absl::UTCTimeZone())},
      {"records", records},
      {"dryRun", options.dry_run},
      {"partitions", partitions}};
  std::cout << VisibleLines(json.dump(2)) << "\n";
}

void PrintText(const RewindOptions& options, absl::Time to, const std::vector<Move>& moves) {
  Table table({"TOPIC", "PARTITION", "COMMITTED", "NEXT", "RECORDS"});
  std::int64_t records = 0;
  bool is_cut = false;
  for (const Move& move : moves) {
    is_cut = is_cut || move.is_cut;
    if (move.records() == 0) continue;
    records += move.records();
    table.AddRow({move.partition.topic, std::to_string(move.partition.partition),
                  std::to_string(move.committed), std::to_string(move.next),
                  std::to_string(move.records())});
  }
  table.Print("");
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", to, absl::UTCTimeZone());
  if (records == 0) {
    std::cout << options.service << " has read nothing since " << time << ".\n";
  } else {
    std::cout << options.service << (options.dry_run ? " would read " : " will read ") << records
              << (options.dry_run ? " records again, from "
                                  : " records again once it starts, from ")
              << time << " on; what its database knows has no second effect.\n";
  }
  if (is_cut) {
    std::cout << "Some records of that time are no longer on their topics: outbox_relay republish"
                 " publishes again what the outboxes still have.\n";
  }
}

int Rewind(const Session& session, const RewindOptions& options) {
  const verify::Consumer consumer = ConsumerOf(options.service);
  const absl::StatusOr<absl::Time> to = options.to.empty()
                                            ? TimeOfDatabase(session, consumer)
                                            : ParseOperatorTime(options.to, absl::Now());
  if (!to.ok()) return Fail("rewind", to.status());
  const absl::StatusOr<std::vector<Move>> moves = Plan(session, consumer, *to);
  if (!moves.ok()) return Fail("rewind", moves.status());
  if (!options.dry_run) {
    if (absl::Status status = Apply(session, options.service, *moves); !status.ok()) {
      return Fail("rewind", status);
    }
  }
  session.json ? PrintJson(options, *to, *moves) : PrintText(options, *to, *moves);
  return kDone;
}

}  // namespace

void AddRewindCommand(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "rewind", "Let a stopped service read its topics again, after its database was restored");
  auto options = std::make_shared<RewindOptions>();
  command
      ->add_option("--service", options->service,
                   "order_svc, payment_svc, inventory_svc or notification_svc")
      ->required()
      ->check(CLI::IsMember({"order_svc", "payment_svc", "inventory_svc", "notification_svc"}));
  command->add_option(
      "--to", options->to,
      "From when on: 2026-01-31T12:00:00Z, or how long ago: 90s, 30m, 2h, 7d. By "
      "default far enough for a service that had fallen behind, and 10 minutes more");
  command->add_flag("--dry-run", options->dry_run, "Only print what would be read again");
  command->footer(R"(Examples:
  orderctl rewind --service payment_svc --dry-run
  orderctl rewind --service payment_svc --to 2026-01-31T12:00:00Z)");
  command->callback([&session, options] {
    session.command = [&session, options] { return Rewind(session, *options); };
  });
}

}  // namespace waybill::orderctl
