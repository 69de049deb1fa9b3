#include "tools/verify/verifier.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

#include "absl/time/clock.h"
#include "platform/types/strings.h"
#include "tools/verify/rest.h"
#include "tools/verify/sources.h"
#include "tools/verify/spill.h"

namespace waybill::verify {
namespace {

// About how many orders are put together at a time.
constexpr std::int64_t kOrdersABucket = 20'000;
constexpr int kJudges = 2;

struct Spills {
  std::unique_ptr<Spill<OrderFact>> orders;
  std::unique_ptr<Spill<CommittedEvent>> committed;
  std::unique_ptr<Spill<NotedEvent>> noted;
};

absl::StatusOr<Spills> MakeSpills(std::int64_t orders) {
  const int buckets = static_cast<int>(std::clamp<std::int64_t>(orders / kOrdersABucket, 8, 256));
  Spills spills;
  const auto make = [buckets](auto& spill) {
    auto made = std::decay_t<decltype(*spill)>::Make(buckets);
    if (made.ok()) spill = *std::move(made);
    return made.status();
  };
  absl::Status status = make(spills.orders);
  if (status.ok()) status = make(spills.committed);
  if (status.ok()) status = make(spills.noted);
  if (!status.ok()) return status;
  return spills;
}

struct Source {
  std::function<absl::Status(FactSink&, SourceReport&)> read;
  // What it counts as.
  std::int64_t VerifyReport::*counter = nullptr;
};

std::vector<Source> SourcesOf(const VerifyOptions& options) {
  const auto database = [](auto read, const std::string& conninfo) {
    return Source{[read, &conninfo](FactSink& sink, SourceReport& report) {
                    return read(conninfo, sink, report);
                  },
                  &VerifyReport::rows};
  };
  std::vector<Source> sources = {database(ReadOrders, options.orders),
                                 database(ReadPayments, options.payments),
                                 database(ReadInventory, options.inventory),
                                 database(ReadNotifications, options.notifications)};
  if (!options.sandbox.empty()) sources.push_back(database(ReadSandbox, options.sandbox));
  sources.push_back({[&](FactSink& sink, SourceReport& report) {
                       return ReadTopics(options.kafka, sink, report);
                     },
                     &VerifyReport::records});
  if (!options.mail_folder.empty()) {
    sources.push_back({[&](FactSink& sink, SourceReport& report) {
                         return ReadMailSink(options.mail_folder, sink, report);
                       },
                       &VerifyReport::mails});
  }
  return sources;
}

// Reads all sources, each in a thread of its own.
absl::Status ReadAll(const VerifyOptions& options, Spills& spills, Rules& rules,
                     VerifyReport& report) {
  const std::vector<Source> sources = SourcesOf(options);
  std::vector<SourceReport> reports(sources.size());
  std::vector<absl::Status> statuses(sources.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    threads.emplace_back([&, i] {
      FactSink sink(*spills.orders, *spills.committed, *spills.noted);
      statuses[i] = sources[i].read(sink, reports[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!statuses[i].ok()) return statuses[i];
    rules.history_from = std::max(rules.history_from, reports[i].history_from);
    report.*sources[i].counter += reports[i].read;
    report.violations.insert(report.violations.end(), reports[i].violations.begin(),
                             reports[i].violations.end());
  }
  return absl::OkStatus();
}

// The run of values with the same key that begins at `begin`.
template <typename T>
absl::Span<T> RunAt(std::vector<T>& values, std::size_t begin) {
  std::size_t end = begin;
  while (end < values.size() && values[end].key() == values[begin].key()) ++end;
  return absl::MakeSpan(values).subspan(begin, end - begin);
}

absl::Status JudgeOrders(Spill<OrderFact>& spill, int bucket, const Rules& rules,
                         VerifyReport& report) {
  absl::StatusOr<std::vector<OrderFact>> facts = spill.Read(bucket);
  if (!facts.ok()) return facts.status();
  for (std::size_t i = 0; i < facts->size();) {
    const absl::Span<OrderFact> run = RunAt(*facts, i);
    i += run.size();
    const std::string id = run.front().order.ToString();
    switch (JudgeOrder(run, rules, report.violations)) {
      case Verdict::kMoving:
        ++report.moving;
        break;
      case Verdict::kParked:
        ++report.parked;
        report.parked_orders.push_back(id);
        break;
      case Verdict::kJudged:
        ++report.judged;
        break;
    }
  }
  return absl::OkStatus();
}

absl::Status JudgeEvents(Spills& spills, int bucket, const Rules& rules, VerifyReport& report) {
  absl::StatusOr<std::vector<CommittedEvent>> committed = spills.committed->Read(bucket);
  if (!committed.ok()) return committed.status();
  absl::StatusOr<std::vector<NotedEvent>> noted = spills.noted->Read(bucket);
  if (!noted.ok()) return noted.status();
  for (std::size_t i = 0, j = 0; i < committed->size() || j < noted->size();) {
    const bool take_committed =
        i < committed->size() && (j == noted->size() || (*committed)[i].event <= (*noted)[j].event);
    const bool take_noted =
        j < noted->size() && (i == committed->size() || (*noted)[j].event <= (*committed)[i].event);
    absl::Span<CommittedEvent> left;
    absl::Span<NotedEvent> right;
    if (take_committed) left = RunAt(*committed, i);
    if (take_noted) right = RunAt(*noted, j);
    i += left.size();
    j += right.size();
    JudgeEvent(left, right, rules, report.violations);
  }
  return absl::OkStatus();
}

void Add(const VerifyReport& part, VerifyReport& sum) {
  sum.judged += part.judged;
  sum.moving += part.moving;
  sum.parked += part.parked;
  for (const std::string& id : part.parked_orders) {
    if (sum.parked_orders.size() < kMaxParkedOrders) sum.parked_orders.push_back(id);
  }
  for (const Violation& violation : part.violations) {
    if (sum.violations.size() < kMaxViolations) sum.violations.push_back(violation);
  }
}

absl::Status JudgeAll(Spills& spills, const Rules& rules, VerifyReport& report) {
  std::mutex mutex;
  int next = 0;
  absl::Status result;
  const auto judge = [&] {
    while (true) {
      int bucket = 0;
      {
        const std::lock_guard lock(mutex);
        if (!result.ok() || next == spills.orders->buckets()) return;
        bucket = next++;
      }
      VerifyReport part;
      absl::Status status = JudgeOrders(*spills.orders, bucket, rules, part);
      if (status.ok()) status = JudgeEvents(spills, bucket, rules, part);
      const std::lock_guard lock(mutex);
      if (!status.ok()) result = status;
      Add(part, report);
    }
  };
  std::vector<std::thread> judges;
  for (int i = 0; i < kJudges; ++i) judges.emplace_back(judge);
  for (std::thread& thread : judges) thread.join();
  return result;
}

absl::StatusOr<VerifyReport> OnePass(const VerifyOptions& options) {
  const absl::StatusOr<std::int64_t> orders = EstimateOrders(options.orders);
  if (!orders.ok()) return orders.status();
  absl::StatusOr<Spills> spills = MakeSpills(*orders);
  if (!spills.ok()) return spills.status();
  VerifyReport report;
  Rules rules{.idle_since = absl::ToUnixMicros(absl::Now() - options.idle),
              .history_from = 0,
              .knows_charges = !options.sandbox.empty(),
              .knows_sunk_mails = !options.mail_folder.empty()};
  if (absl::Status status = ReadAll(options, *spills, rules, report); !status.ok()) return status;
  if (absl::Status status = JudgeAll(*spills, rules, report); !status.ok()) return status;
  std::sort(report.violations.begin(), report.violations.end());
  std::sort(report.parked_orders.begin(), report.parked_orders.end());
  return report;
}

}  // namespace

absl::StatusOr<VerifyReport> Verify(const VerifyOptions& options) {
  if (options.drain > absl::ZeroDuration()) {
    if (absl::Status status = WaitForRest(options); !status.ok()) return status;
  }
  absl::StatusOr<VerifyReport> first = OnePass(options);
  if (!first.ok() || first->violations.empty()) return first;
  absl::SleepFor(options.idle);
  absl::StatusOr<VerifyReport> second = OnePass(options);
  if (!second.ok()) return second;
  std::vector<Violation> persistent;
  std::set_intersection(first->violations.begin(), first->violations.end(),
                        second->violations.begin(), second->violations.end(),
                        std::back_inserter(persistent));
  second->violations = std::move(persistent);
  second->passes = 2;
  return second;
}

}  // namespace waybill::verify
