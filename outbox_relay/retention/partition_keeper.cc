#include "outbox_relay/retention/partition_keeper.h"

#include "outbox_relay/source/pg_connection.h"
#include "platform/log/log.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

PartitionKeeper::PartitionKeeper(const SourceConfig& source)
    : source_(source),
      worker_(StrCat("partitions of ", source.name), source.partitions.every,
              [this] { return Round(); }) {}

void PartitionKeeper::Start() {
  if (source_.partitions.create_function.empty()) return;
  worker_.Start();
  worker_.Wake();
}

void PartitionKeeper::Stop() { worker_.Stop(); }

absl::StatusOr<RoundResult> PartitionKeeper::Round() {
  absl::StatusOr<PgConnection> connection = PgConnection::Connect(
      source_.conninfo, PgConnection::Kind::kSql, {{"lock_timeout", "5000"}}, absl::Seconds(10));
  if (!connection.ok()) return connection.status();
  const std::string& function = source_.partitions.create_function;
  auto found =
      connection->Exec("SELECT to_regprocedure($1 || '(integer)') IS NOT NULL", {function});
  if (!found.ok()) return found.status();
  if (found->Text(0, 0) != "t") return RoundResult::kIdle;
  auto created = connection->Exec(StrCat("SELECT ", function, "($1::integer)"),
                                  {StrCat(source_.partitions.create_ahead_days)});
  if (!created.ok()) return created.status();
  log::Debug("partitions created", {{"source", source_.name}, {"count", created->Text(0, 0)}});
  return RoundResult::kIdle;
}

}  // namespace waybill::outbox_relay
