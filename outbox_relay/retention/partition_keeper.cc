#include "outbox_relay/retention/partition_keeper.h"

#include "outbox_relay/retention/partition_retirer.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

PartitionKeeper::PartitionKeeper(const SourceConfig& source)
    : source_(source),
      worker_(StrCat("partitions of ", source.name), source.partitions.every,
              [this] { return Round(); }) {}

void PartitionKeeper::Start() {
  const bool retires = source_.partitions.retention > absl::ZeroDuration();
  if (source_.partitions.create_function.empty() && !retires) return;
  worker_.Start();
  worker_.Wake();
}

void PartitionKeeper::Stop() { worker_.Stop(); }

absl::StatusOr<RoundResult> PartitionKeeper::Round() {
  // The source's functions are found, and find what they name, beside the table.
  ASSIGN_OR_RETURN(
      PgConnection connection,
      PgConnection::Connect(source_.conninfo.Get(), PgConnection::Kind::kSql,
                            {{"lock_timeout", "2000"},
                             {"search_path", StrCat(QuoteIdentifier(source_.schema), ", public")}},
                            absl::Seconds(10)));
  RETURN_IF_ERROR(Create(connection));
  if (source_.partitions.retention > absl::ZeroDuration()) {
    RETURN_IF_ERROR(PartitionRetirer(connection, source_).Round().status());
  }
  return RoundResult::kIdle;
}

absl::Status PartitionKeeper::Create(PgConnection& connection) {
  const std::string& function = source_.partitions.create_function;
  if (function.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const PgResult found,
      connection.Exec("SELECT to_regprocedure($1 || '(integer)') IS NOT NULL", {function}));
  if (found.Text(0, 0) != "t") return absl::OkStatus();
  ASSIGN_OR_RETURN(const PgResult created,
                   connection.Exec(StrCat("SELECT ", function, "($1::integer)"),
                                   {StrCat(source_.partitions.create_ahead_days)}));
  log::Debug("the source's function has created partitions",
             {{"source", source_.name}, {"count", created.Text(0, 0)}});
  return absl::OkStatus();
}

}  // namespace waybill::outbox_relay
