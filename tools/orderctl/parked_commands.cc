#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/output.h"
#include "waybill/ops/v1/parked_event_service.grpc.pb.h"

namespace waybill::orderctl {
namespace {

namespace pb = waybill::ops::v1;
using pb::ParkedEventService;

constexpr std::size_t kErrorWidth = 70;

struct ParkedOptions {
  // Empty means all services.
  std::vector<std::string> services;
  std::int64_t id = 0;
  std::string topic;
  std::string key;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool all = false;
  int limit = 50;
  std::string reason;
};

const std::vector<std::string>& AllServices() {
  static const std::vector<std::string> services = {"order_svc", "payment_svc", "inventory_svc",
                                                    "notification_svc"};
  return services;
}

const std::string& AddressOf(const Session& session, const std::string& service) {
  if (service == "order_svc") return session.orders_address;
  if (service == "payment_svc") return session.payments_address;
  if (service == "inventory_svc") return session.inventory_address;
  return session.notifications_address;
}

std::unique_ptr<ParkedEventService::Stub> StubOf(const Session& session,
                                                 const std::string& service) {
  return ParkedEventService::NewStub(ChannelTo(session, AddressOf(session, service)));
}

std::string ReasonText(pb::ParkReason reason) {
  return pb::ParkReason_Name(reason).substr(std::string("PARK_REASON_").size());
}

std::string OutcomeText(pb::ReplayOutcome outcome) {
  return pb::ReplayOutcome_Name(outcome).substr(std::string("REPLAY_OUTCOME_").size());
}

std::string ShortType(const std::string& type) { return type.substr(type.rfind('.') + 1); }

absl::Status ListOf(const Session& session, const std::string& service,
                    const ParkedOptions& options, pb::ListParkedEventsResponse& all) {
  const auto stub = StubOf(session, service);
  pb::ListParkedEventsRequest request;
  request.set_topic(options.topic);
  request.set_key(options.key);
  int left = options.limit;
  do {
    request.set_page_size(std::min(left, 200));
    pb::ListParkedEventsResponse page;
    RETURN_IF_ERROR(CallAsOperator(session, [&](::grpc::ClientContext& context) {
      return stub->ListParkedEvents(&context, request, &page);
    }));
    left -= page.events_size();
    for (pb::ParkedEvent& event : *page.mutable_events()) all.add_events()->Swap(&event);
    request.set_page_token(page.next_page_token());
  } while (left > 0 && !request.page_token().empty());
  if (!request.page_token().empty()) all.set_next_page_token(request.page_token());
  return absl::OkStatus();
}

int List(const Session& session, const ParkedOptions& options) {
  int exit_code = kDone;
  bool more = false;
  pb::ListParkedEventsResponse all;
  for (const std::string& service : options.services) {
    pb::ListParkedEventsResponse one;
    const absl::Status status = ListOf(session, service, options, one);
    if (!status.ok()) exit_code = Fail("parked list: " + service, status);
    more = more || !one.next_page_token().empty();
    for (pb::ParkedEvent& event : *one.mutable_events()) all.add_events()->Swap(&event);
  }
  if (session.json) {
    std::cout << MessageAsJson(all) << "\n";
    return exit_code;
  }
  Table table({"SERVICE", "ID", "TOPIC", "KEY", "EVENT", "REASON", "PARKED FOR", "ERROR"});
  for (const pb::ParkedEvent& event : all.events()) {
    table.AddRow({event.consumer(), std::to_string(event.id()), event.topic(),
                  event.has_key() ? OneLine(event.key(), 40) : "-", ShortType(event.event_type()),
                  ReasonText(event.reason()), AgeText(absl::Now() - TimeOf(event.park_time())),
                  OneLine(event.error(), kErrorWidth)});
  }
  if (exit_code == kDone || all.events_size() > 0) table.Print("no events are parked");
  if (more) std::cout << "(there are more; --limit shows them)\n";
  return exit_code;
}

void PrintWhole(const pb::ParkedEvent& event) {
  std::string replays = StrCat(event.failed_replays(), " failed");
  if (event.has_last_replay_time()) {
    StrAppend(&replays, ", the last at ", TimeText(event.last_replay_time()), " UTC");
  }
  PrintFields({{"event", StrCat(event.consumer(), " ", event.id())},
               {"type", event.event_type()},
               {"event id", event.event_id()},
               {"key", event.has_key() ? event.key() : "-"},
               {"record", StrCat(event.topic(), "/", event.partition(), "/", event.offset())},
               {"reason", ReasonText(event.reason())},
               {"error", event.error()},
               {"parked", StrCat(TimeText(event.park_time()), " UTC, ",
                                 AgeText(absl::Now() - TimeOf(event.park_time())), " ago")},
               {"replays", replays}});
  std::cout << "\n";
  std::vector<std::pair<std::string, std::string>> headers(event.headers().begin(),
                                                           event.headers().end());
  std::sort(headers.begin(), headers.end());
  for (const auto& [name, value] : headers) {
    std::cout << ToVisibleText(name) << ": " << ToVisibleText(value) << "\n";
  }
  std::cout << "\n" << ToVisibleText(event.payload()) << "\n";
}

int Show(const Session& session, const ParkedOptions& options) {
  const auto stub = StubOf(session, options.services.front());
  pb::GetParkedEventRequest request;
  request.set_id(options.id);
  pb::GetParkedEventResponse response;
  const absl::Status status = CallAsOperator(session, [&](::grpc::ClientContext& context) {
    return stub->GetParkedEvent(&context, request, &response);
  });
  if (!status.ok()) return Fail("parked show", status);
  if (session.json) {
    std::cout << MessageAsJson(response.event()) << "\n";
  } else {
    PrintWhole(response.event());
  }
  return kDone;
}

pb::ReplayParkedEventsRequest ReplayRequestOf(const ParkedOptions& options) {
  pb::ReplayParkedEventsRequest request;
  if (options.id != 0) {
    request.set_id(options.id);
  } else if (!options.key.empty()) {
    request.set_key(options.key);
  } else if (options.all) {
    request.set_all(true);
  } else {
    request.mutable_range()->set_first(options.from);
    request.mutable_range()->set_last(options.to);
  }
  return request;
}

// Replays the whole selection in one service, with as many calls as that takes.
absl::Status ReplayIn(const Session& session, const std::string& service,
                      const ParkedOptions& options, std::vector<pb::ReplayedEvent>& events) {
  const auto stub = StubOf(session, service);
  pb::ReplayParkedEventsRequest request = ReplayRequestOf(options);
  do {
    pb::ReplayParkedEventsResponse response;
    RETURN_IF_ERROR(CallAsOperator(session, [&](::grpc::ClientContext& context) {
      return stub->ReplayParkedEvents(&context, request, &response);
    }));
    events.insert(events.end(), response.events().begin(), response.events().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

int Replay(const Session& session, const ParkedOptions& options) {
  const int selections = (options.id != 0) + !options.key.empty() + options.all +
                         (options.from != 0 || options.to != 0);
  if (selections != 1) {
    std::cerr
        << "orderctl: parked replay: name the events with exactly one of ID, --key, --from with "
           "--to, or --all\n";
    return kUsage;
  }
  if (options.services.size() != 1 && options.key.empty() && !options.all) {
    std::cerr << "orderctl: parked replay: each service has its own ids; name one with --service\n";
    return kUsage;
  }
  int exit_code = kDone;
  auto json = nlohmann::ordered_json::array();
  Table table({"SERVICE", "ID", "OUTCOME", "ERROR"});
  for (const std::string& service : options.services) {
    std::vector<pb::ReplayedEvent> events;
    const absl::Status status = ReplayIn(session, service, options, events);
    for (const pb::ReplayedEvent& event : events) {
      const std::string outcome = OutcomeText(event.outcome());
      json.push_back({{"service", service},
                      {"id", event.id()},
                      {"outcome", outcome},
                      {"error", event.error()}});
      table.AddRow(
          {service, std::to_string(event.id()), outcome, OneLine(event.error(), kErrorWidth)});
      if (event.outcome() != pb::REPLAY_OUTCOME_REPLAYED && exit_code == kDone) exit_code = kBad;
    }
    if (!status.ok()) exit_code = Fail("parked replay: " + service, status);
  }
  if (session.json) {
    std::cout << VisibleLines(nlohmann::ordered_json({{"events", json}}).dump(2)) << "\n";
  } else if (!json.empty() || exit_code == kDone) {
    table.Print("none of these events are parked");
  }
  return exit_code;
}

int Discard(const Session& session, const ParkedOptions& options) {
  const auto stub = StubOf(session, options.services.front());
  pb::DiscardParkedEventRequest request;
  request.set_id(options.id);
  request.set_reason(options.reason);
  pb::DiscardParkedEventResponse response;
  const absl::Status status = CallAsOperator(session, [&](::grpc::ClientContext& context) {
    return stub->DiscardParkedEvent(&context, request, &response);
  });
  if (!status.ok()) return Fail("parked discard", status);
  if (session.json) {
    std::cout << MessageAsJson(response) << "\n";
    return kDone;
  }
  std::cout << "discarded " << ToVisibleText(ShortType(response.event().event_type())) << " "
            << response.event().id() << " of " << options.services.front() << "\n";
  if (response.left_behind() > 0) {
    std::cout << "later events of its key that stay parked: " << response.left_behind()
              << "; to replay them: orderctl parked replay --service " << options.services.front()
              << " --key " << ToVisibleText(response.event().key()) << "\n";
  }
  return kDone;
}

CLI::App* AddParked(CLI::App& parked, Session& session, const std::string& name,
                    const std::string& help, int (*run)(const Session&, const ParkedOptions&),
                    const std::shared_ptr<ParkedOptions>& options) {
  CLI::App* command = parked.add_subcommand(name, help);
  command->callback([&session, options, run] {
    session.command = [&session, options, run] {
      if (options->services.empty()) options->services = AllServices();
      return run(session, *options);
    };
  });
  return command;
}

CLI::Option* AddService(CLI::App& command, ParkedOptions& options) {
  return command
      .add_option("--service", options.services,
                  "The service: order_svc, payment_svc, inventory_svc or "
                  "notification_svc")
      ->check(CLI::IsMember(AllServices()));
}

}  // namespace

void AddParkedCommands(CLI::App& app, Session& session) {
  CLI::App* parked = app.add_subcommand(
      "parked", "List, replay and discard events that a service could not process");
  parked->require_subcommand(1);
  parked->footer(R"(Examples:
  orderctl parked list
  orderctl parked show 17 --service payment_svc
  orderctl parked replay 17 --service payment_svc
  orderctl parked replay --key 01941f29-7c00-7000-8000-000000000000
  orderctl parked discard 17 --service payment_svc --reason "a test order, written by hand")");
  auto options = std::make_shared<ParkedOptions>();

  CLI::App* list = AddParked(*parked, session, "list",
                             "List the parked events of all services, or of one", List, options);
  AddService(*list, *options);
  list->add_option("--topic", options->topic, "Only events of this topic");
  list->add_option("--key", options->key, "Only events of this key (an order's id)");
  list->add_option("--limit", options->limit, "How many events to list per service at most")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();

  CLI::App* show = AddParked(*parked, session, "show",
                             "Show one parked event with its headers and payload", Show, options);
  show->add_option("ID", options->id, "The event's id, as the list shows it")->required();
  AddService(*show, *options)->required()->expected(1);

  CLI::App* replay = AddParked(*parked, session, "replay",
                               "Process parked events again, in order of arrival; the exit code "
                               "is 3 when one stays parked",
                               Replay, options);
  replay->add_option("ID", options->id, "The id of one event");
  AddService(*replay, *options);
  replay->add_option("--key", options->key, "All events of this key (an order's id)");
  replay->add_option("--from", options->from, "The first id of a range of events")
      ->check(CLI::PositiveNumber);
  replay->add_option("--to", options->to, "The last id of that range")->check(CLI::PositiveNumber);
  replay->add_flag("--all", options->all, "All parked events");

  CLI::App* discard = AddParked(*parked, session, "discard",
                                "Remove one parked event permanently without processing it; who "
                                "did it, when and why is recorded",
                                Discard, options);
  discard->add_option("ID", options->id, "The event's id, as the list shows it")->required();
  AddService(*discard, *options)->required()->expected(1);
  discard->add_option("--reason", options->reason, "Why the event is discarded; it is recorded")
      ->required();
}

}  // namespace waybill::orderctl
