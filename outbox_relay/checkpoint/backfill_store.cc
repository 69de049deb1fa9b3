#include "outbox_relay/checkpoint/backfill_store.h"

#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

constexpr char kLoad[] = R"sql(
SELECT slot, confirmed_lsn, since, horizon, system_identifier, publication_oid, table_oid,
       ordered_by, coalesce(position, ''), rows
FROM outbox_relay.backfills WHERE source = $1)sql";

constexpr char kBegin[] = R"sql(
INSERT INTO outbox_relay.backfills
  (source, slot, confirmed_lsn, since, horizon, system_identifier, publication_oid, table_oid,
   ordered_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (source) DO UPDATE SET
  slot = excluded.slot, confirmed_lsn = excluded.confirmed_lsn, since = excluded.since,
  horizon = excluded.horizon, system_identifier = excluded.system_identifier,
  publication_oid = excluded.publication_oid, table_oid = excluded.table_oid,
  ordered_by = excluded.ordered_by, position = NULL, rows = 0, updated_at = now())sql";

}  // namespace

absl::StatusOr<std::optional<BackfillState>> BackfillStore::Load() {
  ASSIGN_OR_RETURN(const PgResult result, connection_.Exec(kLoad, {source_}));
  if (result.rows() == 0) return std::optional<BackfillState>();
  BackfillState state;
  state.slot = std::string(result.Text(0, 0));
  ASSIGN_OR_RETURN(state.confirmed, ParseLsn(result.Text(0, 1)));
  state.system_identifier = std::string(result.Text(0, 4));
  state.ordered_by = std::string(result.Text(0, 7));
  state.position = std::string(result.Text(0, 8));
  if (!ParseNumber(result.Text(0, 2), &state.since) ||
      !ParseNumber(result.Text(0, 3), &state.horizon) ||
      !ParseNumber(result.Text(0, 5), &state.publication_oid) ||
      !ParseNumber(result.Text(0, 6), &state.table_oid) ||
      !ParseNumber(result.Text(0, 9), &state.rows)) {
    return absl::InternalError("outbox_relay.backfills has a number that is none");
  }
  return std::optional(std::move(state));
}

absl::Status BackfillStore::Begin(const BackfillState& state) {
  return connection_
      .Exec(kBegin, {source_, state.slot, FormatLsn(state.confirmed), StrCat(state.since),
                     StrCat(state.horizon), state.system_identifier, StrCat(state.publication_oid),
                     StrCat(state.table_oid), state.ordered_by})
      .status();
}

absl::Status BackfillStore::Advance(const std::string& position, std::int64_t rows) {
  return connection_
      .Exec(
          "UPDATE outbox_relay.backfills SET position = $2, rows = $3, updated_at = now()"
          " WHERE source = $1",
          {source_, position, StrCat(rows)})
      .status();
}

absl::Status BackfillStore::End() {
  return connection_.Exec("DELETE FROM outbox_relay.backfills WHERE source = $1", {source_})
      .status();
}

}  // namespace waybill::outbox_relay
