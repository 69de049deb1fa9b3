#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/clock.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/timeline.h"

namespace waybill::orderctl {
namespace {

constexpr absl::Duration kWait = absl::Seconds(30);
constexpr absl::Duration kPollEvery = absl::Milliseconds(50);

struct TimelineOptions {
  std::string order_id;
  bool wait = false;
};

std::int64_t MillisecondsSincePlacing(const Timeline& timeline, const Step& step) {
  return absl::ToInt64Milliseconds(step.at - timeline.steps.front().at);
}

void PrintText(const Timeline& timeline) {
  for (const Step& step : timeline.steps) {
    std::cout << std::setw(8) << MillisecondsSincePlacing(timeline, step) << " ms  " << step.name;
    if (!step.note.empty()) std::cout << " (" << step.note << ")";
    std::cout << "\n";
  }
}

void PrintJson(const std::string& order_id, const Timeline& timeline) {
  nlohmann::ordered_json json = {{"orderId", order_id}, {"complete", timeline.complete}};
  json["steps"] = nlohmann::ordered_json::array();
  for (const Step& step : timeline.steps) {
    json["steps"].push_back(
        {{"step", step.name},
         {"ms", MillisecondsSincePlacing(timeline, step)},
         {"at", absl::FormatTime(absl::RFC3339_full, step.at, absl::UTCTimeZone())},
         {"note", step.note}});
  }
  // A mail server's answer can hold any bytes.
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

int ShowTimeline(const Session& session, const TimelineOptions& options) {
  const absl::StatusOr<OrderId> order = OrderId::Parse(options.order_id);
  if (!order.ok()) {
    std::cerr << "orderctl: timeline: \"" << options.order_id
              << "\" is not an order's id (a UUID)\n";
    return kUsage;
  }
  TimelineReader reader(session.databases);
  const absl::Time give_up = absl::Now() + kWait;
  absl::StatusOr<Timeline> timeline = reader.Read(*order);
  while (options.wait && timeline.ok() && !timeline->complete && absl::Now() < give_up) {
    absl::SleepFor(kPollEvery);
    timeline = reader.Read(*order);
  }
  if (!timeline.ok()) return Fail("timeline", timeline.status());
  if (timeline->steps.empty()) {
    return Fail("timeline", absl::NotFoundError("there is no order " + options.order_id));
  }
  if (session.json) {
    PrintJson(options.order_id, *timeline);
  } else {
    PrintText(*timeline);
  }
  if (options.wait && !timeline->complete) {
    std::cerr << "orderctl: timeline: the order is not at its end after "
              << absl::FormatDuration(kWait) << "\n";
    return kFailed;
  }
  return kDone;
}

}  // namespace

void AddTimelineCommand(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "timeline", "Show an order's way through all services, with the time of each step");
  auto options = std::make_shared<TimelineOptions>();
  command->add_option("ORDER", options->order_id, "The order's id")->required();
  command->add_flag("--wait", options->wait, "Wait for the order's end and its mail, 30 s at most");
  command->callback([&session, options] {
    session.command = [&session, options] { return ShowTimeline(session, *options); };
  });
}

}  // namespace waybill::orderctl
