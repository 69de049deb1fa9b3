#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/output.h"
#include "tools/verify/verifier.h"

namespace waybill::orderctl {
namespace {

struct VerifyFlags {
  double idle_s = 10;
  bool drain = false;
  double drain_timeout_s = 300;
};

nlohmann::ordered_json JsonOf(const verify::VerifyReport& report) {
  auto violations = nlohmann::ordered_json::array();
  for (const verify::Violation& violation : report.violations) {
    violations.push_back({{"promise", violation.promise},
                          {"orderId", violation.order_id},
                          {"subject", violation.subject},
                          {"what", violation.what}});
  }
  auto behind = nlohmann::ordered_json::object();
  for (int i = 0; i < verify::kConsumers; ++i) {
    behind[verify::NameOf(static_cast<verify::Consumer>(i))] = report.behind[i];
  }
  return {{"violations", violations},
          {"judged", report.judged},
          {"moving", report.moving},
          {"awaiting", report.awaiting},
          {"behind", behind},
          {"unpublished", report.unpublished},
          {"parked", report.parked},
          {"parkedOrders", report.parked_orders},
          {"rows", report.rows},
          {"records", report.records},
          {"mails", report.mails},
          {"passes", report.passes},
          {"readAgain", report.read_again}};
}

// Returns "payment_svc is 1234 records behind, the relay is 12 rows behind".
std::string WhoIsBehind(const verify::VerifyReport& report) {
  std::vector<std::string> who;
  for (int i = 0; i < verify::kConsumers; ++i) {
    if (report.behind[i] == 0) continue;
    who.push_back(StrCat(verify::NameOf(static_cast<verify::Consumer>(i)), " is ", report.behind[i],
                         " records behind"));
  }
  if (report.unpublished > 0) {
    who.push_back(StrCat("the relay is ", report.unpublished, " rows behind"));
  }
  return absl::StrJoin(who, ", ");
}

void PrintText(const verify::VerifyReport& report, bool with_mails, absl::Duration took) {
  if (report.violations.empty()) {
    std::cout << Paint(Ink::kGreen, "No promise is broken.") << "\n";
  } else {
    Table table({"PROMISE", "ORDER", "ABOUT", "WHAT IS WRONG"});
    for (const verify::Violation& violation : report.violations) {
      table.AddRow({std::to_string(violation.promise),
                    violation.order_id.empty() ? "-" : violation.order_id,
                    violation.subject.empty() ? "-" : violation.subject, violation.what});
    }
    table.Print("");
    std::cout << "\n"
              << Paint(Ink::kRed, std::to_string(report.violations.size()) +
                                      (report.violations.size() == verify::kMaxViolations
                                           ? " violations or more"
                                           : " violations"))
              << ", which two passes have found; docs/promises.md explains the promises.\n";
  }
  std::cout << "Orders judged: " << report.judged;
  if (report.moving > 0) {
    std::cout << "; not judged, because they have just changed: " << report.moving;
  }
  if (report.awaiting > 0) {
    std::cout << "; judged in part, because their events are on the way: " << report.awaiting
              << " (" << WhoIsBehind(report) << ")";
  }
  if (report.parked > 0) {
    std::cout << "; judged in part, because an event is parked: " << report.parked;
  }
  std::cout << ". Read " << report.rows << " rows, " << report.records << " records";
  if (with_mails) std::cout << ", " << report.mails << " mails";
  std::cout << " in " << absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(100))) << ".\n";
  for (const std::string& id : report.parked_orders)
    std::cout << "  parked: " << ToVisibleText(id) << "\n";
}

int RunVerify(const Session& session, const VerifyFlags& flags) {
  verify::VerifyOptions options{.orders = session.databases.orders,
                                .payments = session.databases.payments,
                                .inventory = session.databases.inventory,
                                .notifications = session.databases.notifications,
                                .sandbox = session.databases.sandbox,
                                .kafka = session.kafka,
                                .mail_folder = session.mail_folder,
                                .idle = absl::Seconds(flags.idle_s)};
  if (flags.drain) options.drain = absl::Seconds(flags.drain_timeout_s);
  const absl::Time began = absl::Now();
  const absl::StatusOr<verify::VerifyReport> report = verify::Verify(options);
  if (!report.ok()) return Fail("verify", report.status());
  if (session.json) {
    std::cout << VisibleLines(
                     JsonOf(*report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace))
              << "\n";
  } else {
    PrintText(*report, !options.mail_folder.empty(), absl::Now() - began);
  }
  return report->violations.empty() ? kDone : kBad;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("verify",
                                         "Check promises 3 to 9 and 11 over everything that is "
                                         "stored; the exit code is 3 when one is broken, 1 when "
                                         "the check fails");
  auto flags = std::make_shared<VerifyFlags>();
  command
      ->add_option("--idle", flags->idle_s,
                   "How many seconds an order must not have changed to be judged; what looks wrong "
                   "is read again after the same time")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  command->add_flag("--drain", flags->drain, "First wait until the system is at rest");
  command
      ->add_option("--drain-timeout", flags->drain_timeout_s,
                   "How many seconds --drain waits at most")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command->footer(R"(Examples:
  orderctl verify
  orderctl verify --drain --json)");
  command->callback([&session, flags] {
    session.command = [&session, flags] { return RunVerify(session, *flags); };
  });
}

}  // namespace waybill::orderctl
