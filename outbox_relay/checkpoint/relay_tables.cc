#include "outbox_relay/checkpoint/relay_tables.h"

#include "absl/strings/str_replace.h"
#include "outbox_relay/base/parse_number.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// Others may be making them at the same time.
constexpr absl::Duration kMakeTimeout = absl::Seconds(60);

}  // namespace

std::string RelayTablesSql(const std::string& role) {
  return absl::StrReplaceAll(kRelayTablesSql,
                             {{" TO outbox_relay;", StrCat(" TO ", QuoteIdentifier(role), ";")}});
}

absl::Status EnsureRelayTables(PgConnection& connection) {
  auto found = connection.Exec(
      "SELECT to_regprocedure('outbox_relay.schema_version()') IS NOT NULL, current_user");
  if (!found.ok()) return found.status();
  if (found->Text(0, 0) == "t") {
    ASSIGN_OR_RETURN(const PgResult version,
                     connection.Exec("SELECT outbox_relay.schema_version()"));
    int number = 0;
    if (ParseNumber(version.Text(0, 0), &number) && number >= kRelayTablesVersion) {
      return absl::OkStatus();
    }
  }
  // IF NOT EXISTS is no lock: of two that make a schema at the same time, one fails.
  auto made = connection.ExecSimple(
      StrCat("SELECT pg_advisory_xact_lock(hashtext('outbox_relay.tables'));\n",
             RelayTablesSql(std::string(found->Text(0, 1)))),
      kMakeTimeout);
  if (made.ok() || SqlState(made.status()) != "42501") return made.status();
  return absl::FailedPreconditionError(
      "the relay's own tables (schema outbox_relay) are missing or older than this build, and it"
      " may not change them: run what `outbox_relay schema` prints as the owner of the database");
}

}  // namespace waybill::outbox_relay
