#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "platform/types/operator_time.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/databases.h"
#include "tools/orderctl/output.h"

namespace waybill::orderctl {
namespace {

using postgres::Row;
using postgres::Statement;

constexpr char kNoEnd[] = "no end recorded";

constexpr Statement kCalls{"audit_calls", R"sql(
    SELECT c.begun_at, c.caller, c.credential, c.method, c.subject, c.came_from, c.trace_id,
           coalesce(e.outcome, '') AS outcome
    FROM operator_calls c LEFT JOIN operator_call_ends e USING (call_id)
    WHERE c.begun_at >= $1::timestamptz AND ($2::text = '' OR c.caller = $2::text)
      AND ($3::text = '' OR strpos(c.subject, $3::text) > 0)
    ORDER BY c.begun_at DESC LIMIT $4::integer)sql"};

struct AuditOptions {
  std::string since = "24h";
  std::string caller;
  std::string subject;
  int limit = 100;
};

struct Call {
  absl::Time at;
  std::string service;
  std::string caller;
  std::string credential;
  std::string method;
  std::string subject;
  std::string came_from;
  std::string trace_id;
  // "" when it has not ended.
  std::string outcome;
};

absl::Status AddCalls(const std::string& service, const std::string& conninfo,
                      const AuditOptions& options, absl::Time since, std::vector<Call>& calls) {
  postgres::Pool pool(OneSession(conninfo), "orderctl");
  std::vector<Call> found;
  RETURN_IF_ERROR(RunIn(pool, "audit", [&](postgres::Transaction& tx) {
    found.clear();
    for (const Row row : tx.Exec(kCalls, since, options.caller, options.subject, options.limit)) {
      found.push_back({.at = row.Get<absl::Time>("begun_at"),
                       .service = service,
                       .caller = row.Get<std::string>("caller"),
                       .credential = row.Get<std::string>("credential"),
                       .method = row.Get<std::string>("method"),
                       .subject = row.Get<std::string>("subject"),
                       .came_from = row.Get<std::string>("came_from"),
                       .trace_id = row.Get<std::string>("trace_id"),
                       .outcome = row.Get<std::string>("outcome")});
    }
    return absl::OkStatus();
  }));
  std::move(found.begin(), found.end(), std::back_inserter(calls));
  return absl::OkStatus();
}

void PrintJson(const std::vector<Call>& calls) {
  auto json = nlohmann::ordered_json::array();
  for (const Call& call : calls) {
    json.push_back({{"at", absl::FormatTime(absl::RFC3339_full, call.at, absl::UTCTimeZone())},
                    {"service", call.service},
                    {"caller", call.caller},
                    {"credential", call.credential},
                    {"method", call.method},
                    {"subject", call.subject},
                    {"from", call.came_from},
                    {"traceId", call.trace_id},
                    {"outcome", call.outcome}});
  }
  std::cout << VisibleLines(json.dump(2)) << "\n";
}

void PrintTable(const std::vector<Call>& calls) {
  Table table({"TIME", "CALLER", "BY", "METHOD", "SUBJECT", "FROM", "OUTCOME"});
  for (const Call& call : calls) {
    table.AddRow({TimeText(call.at), call.caller, call.credential, call.method, call.subject,
                  call.came_from, call.outcome.empty() ? kNoEnd : call.outcome});
  }
  table.Print("No recorded call matches.");
}

int ShowAudit(const Session& session, const AuditOptions& options) {
  const absl::StatusOr<absl::Time> since = ParseOperatorTime(options.since, absl::Now());
  if (!since.ok()) {
    Fail("audit: --since", since.status());
    return kUsage;
  }
  std::vector<Call> calls;
  for (int i = 0; i < verify::kConsumers; ++i) {
    const auto consumer = static_cast<verify::Consumer>(i);
    const std::string service = verify::NameOf(consumer);
    const absl::Status status =
        AddCalls(service, DatabaseOf(session.databases, consumer), options, *since, calls);
    if (!status.ok()) return Fail(StrCat("audit: ", service), status);
  }
  // The newest, as far as the limit goes, in the order in which they came.
  std::ranges::sort(calls, {}, &Call::at);
  const auto limit = static_cast<std::size_t>(options.limit);
  if (calls.size() > limit) calls.erase(calls.begin(), calls.end() - options.limit);
  session.json ? PrintJson(calls) : PrintTable(calls);
  return kDone;
}

}  // namespace

void AddAuditCommand(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "audit", "Show what operators did: who, what, on which ids, from where, and how it ended");
  auto options = std::make_shared<AuditOptions>();
  command
      ->add_option("--since", options->since,
                   "From when on: 2026-01-31T12:00:00Z, or how long ago: 90m, 24h, 7d")
      ->capture_default_str();
  command->add_option("--caller", options->caller, "Only this operator's calls");
  command->add_option(
      "--about", options->subject,
      "Only calls whose subject contains this: an order's, product's or request's id");
  command->add_option("--limit", options->limit, "The newest so many calls at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->footer(
      R"(Reads the services' databases. "no end recorded": the call is still running, its process died, or
its end could not be written; it may have taken effect.

Examples:
  orderctl audit --since 168h --caller desk
  orderctl audit --about 01941f29-7c00-7000-8000-000000000000)");
  command->callback([&session, options] {
    session.command = [&session, options] { return ShowAudit(session, *options); };
  });
}

}  // namespace waybill::orderctl
