#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/clock.h"
#include "platform/types/utf8.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/diagnosis.h"
#include "tools/orderctl/output.h"
#include "tools/orderctl/timeline.h"

namespace waybill::orderctl {
namespace {

constexpr absl::Duration kWait = absl::Seconds(30);
constexpr absl::Duration kPollEvery = absl::Milliseconds(50);

struct TimelineOptions {
  std::string order_id;
  bool wait = false;
  bool brief = false;
};

std::int64_t MillisecondsSincePlacing(const Findings& findings, absl::Time at) {
  return absl::ToInt64Milliseconds(at - findings.history.front().at);
}

void PrintSteps(const Findings& findings) {
  for (const Step& step : StepsOf(findings)) {
    std::cout << std::setw(8) << MillisecondsSincePlacing(findings, step.at) << " ms  "
              << step.name;
    if (!step.note.empty()) std::cout << " (" << ToVisibleText(step.note) << ")";
    std::cout << "\n";
  }
}

void PrintChain(const Findings& findings) {
  Table table({"MS", "STEP", "WHERE", "WHAT"});
  std::int64_t last = 0;
  for (const Link& link : ChainOf(findings)) {
    const std::int64_t ms = MillisecondsSincePlacing(findings, link.at);
    table.AddRow(
        {std::to_string(ms), "+" + std::to_string(ms - last), link.where, OneLine(link.what, 100)});
    last = ms;
  }
  table.Print("");
}

void PrintJson(const std::string& order_id, const Findings& findings,
               const std::string& waits_for) {
  nlohmann::ordered_json json = {{"orderId", order_id}, {"complete", IsComplete(findings)}};
  json["steps"] = nlohmann::ordered_json::array();
  for (const Step& step : StepsOf(findings)) {
    json["steps"].push_back(
        {{"step", step.name},
         {"ms", MillisecondsSincePlacing(findings, step.at)},
         {"at", absl::FormatTime(absl::RFC3339_full, step.at, absl::UTCTimeZone())},
         {"note", step.note}});
  }
  json["chain"] = nlohmann::ordered_json::array();
  for (const Link& link : ChainOf(findings)) {
    json["chain"].push_back(
        {{"ms", MillisecondsSincePlacing(findings, link.at)},
         {"at", absl::FormatTime(absl::RFC3339_full, link.at, absl::UTCTimeZone())},
         {"where", link.where},
         {"what", link.what}});
  }
  json["historyRetired"] = findings.history_retired;
  json["waitsFor"] = waits_for;
  // A mail server's answer can contain bytes that are not UTF-8.
  std::cout << VisibleLines(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace))
            << "\n";
}

void PrintText(const Findings& findings, const std::string& waits_for, bool brief) {
  if (brief) {
    PrintSteps(findings);
    return;
  }
  PrintChain(findings);
  if (findings.history_retired) {
    std::cout << "(Later transitions are deleted: they were older than retention.order_history.)\n";
  }
  if (!findings.knows_topics) {
    std::cout << "(The topics could not be read, so their records are missing. Is --kafka "
                 "correct?)\n";
  }
  const Ink ink = IsComplete(findings) ? Ink::kGreen : Ink::kYellow;
  std::cout << Paint(ink, "Waits for " + ToVisibleText(waits_for) + ".") << "\n";
}

int ShowTimeline(const Session& session, const TimelineOptions& options) {
  const absl::StatusOr<OrderId> order = OrderId::Parse(options.order_id);
  if (!order.ok()) {
    std::cerr << "orderctl: timeline: \"" << ToVisibleText(options.order_id)
              << "\" is not an order's id (a UUID)\n";
    return kUsage;
  }
  TimelineReader reader(session.databases, session.kafka);
  const absl::Time give_up = absl::Now() + kWait;
  absl::StatusOr<Findings> findings = absl::NotFoundError("");
  if (options.wait) {
    do {
      findings = reader.Read(*order, false);
      if (!findings.ok() || findings->history.empty() || IsComplete(*findings)) break;
      absl::SleepFor(kPollEvery);
    } while (absl::Now() < give_up);
  }
  if (!options.wait || (findings.ok() && !options.brief))
    findings = reader.Read(*order, !options.brief);
  if (!findings.ok()) return Fail("timeline", findings.status());
  if (findings->history.empty()) {
    return Fail("timeline", absl::NotFoundError("there is no order " + options.order_id));
  }
  const std::string waits_for = WaitsFor(*findings, absl::Now());
  if (session.json) {
    PrintJson(options.order_id, *findings, waits_for);
  } else {
    PrintText(*findings, waits_for, options.brief);
  }
  if (options.wait && !IsComplete(*findings)) {
    std::cerr << "orderctl: timeline: the order has not ended after " << absl::FormatDuration(kWait)
              << "\n";
    return kFailed;
  }
  return kDone;
}

}  // namespace

void AddTimelineCommand(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("timeline",
                                         "Show an order's path through all services, with the time "
                                         "of each step, and what the order waits for");
  auto options = std::make_shared<TimelineOptions>();
  command->add_option("ORDER", options->order_id, "The order's id")->required();
  command->add_flag("--wait", options->wait,
                    "Wait until the order has ended and its mail is sent, for at most 30 s");
  command->add_flag("--brief", options->brief,
                    "Show only the milestones, in a shop's words; doesn't read Kafka");
  command->footer(R"(Examples:
  orderctl timeline 01941f29-7c00-7000-8000-000000000000
  orderctl timeline 01941f29-7c00-7000-8000-000000000000 --wait --brief)");
  command->callback([&session, options] {
    session.command = [&session, options] { return ShowTimeline(session, *options); };
  });
}

}  // namespace waybill::orderctl
