#include "tools/verify/verifier.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "tools/verify/rest.h"
#include "tools/verify/sources.h"
#include "tools/verify/spill.h"

namespace waybill::verify {
namespace {

// About how many orders are gathered in memory at a time.
constexpr std::int64_t kOrdersABucket = 20'000;
constexpr int kJudges = 2;
// A number above every transaction id.
constexpr std::int64_t kAllPublished = std::numeric_limits<std::int64_t>::max();

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
  // The count to which this source's reads are added.
  std::int64_t VerifyReport::*counter = nullptr;
};

std::vector<Source> SourcesOf(const VerifyOptions& options, const Look& look) {
  const auto database = [&look](auto read, const std::string& conninfo) {
    return Source{[read, &conninfo, &look](FactSink& sink, SourceReport& report) {
                    return read(conninfo, look, sink, report);
                  },
                  &VerifyReport::rows};
  };
  std::vector<Source> sources = {database(ReadOrders, options.orders),
                                 database(ReadPayments, options.payments),
                                 database(ReadInventory, options.inventory),
                                 database(ReadNotifications, options.notifications)};
  if (!options.sandbox.empty()) sources.push_back(database(ReadSandbox, options.sandbox));
  sources.push_back({[&](FactSink& sink, SourceReport& report) {
                       return ReadTopics(options.kafka, look, sink, report);
                     },
                     &VerifyReport::records});
  if (!options.mail_folder.empty()) {
    sources.push_back({[&](FactSink& sink, SourceReport& report) {
                         return ReadMailSink(options.mail_folder, look, sink, report);
                       },
                       &VerifyReport::mails});
  }
  return sources;
}

// One pass over everything, or over the suspects.
struct Pass {
  Rules rules;
  VerifyReport report;
  Spills spills;
  std::map<kafka::TopicPartition, std::int64_t> read_to;
  // Whether a source has detected a violation alone.
  bool sums = false;
};

// Reads all sources, each in its own thread.
absl::Status ReadAll(const VerifyOptions& options, const Look& look, Pass& pass) {
  Spills& spills = pass.spills;
  VerifyReport& report = pass.report;
  const std::vector<Source> sources = SourcesOf(options, look);
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
    pass.rules.rows_from = std::max(pass.rules.rows_from, reports[i].rows_from);
    pass.rules.records_from = std::max(pass.rules.records_from, reports[i].records_from);
    pass.rules.history_retired_before =
        std::max(pass.rules.history_retired_before, reports[i].history_retired_before);
    pass.rules.charges_retired_before =
        std::max(pass.rules.charges_retired_before, reports[i].charges_retired_before);
    pass.read_to.merge(reports[i].read_to);
    report.*sources[i].counter += reports[i].read;
    report.violations.insert(report.violations.end(), reports[i].violations.begin(),
                             reports[i].violations.end());
  }
  pass.sums = !report.violations.empty();
  return absl::OkStatus();
}

// Returns the run of values with the same key that begins at `begin`.
template <typename T>
absl::Span<T> RunAt(std::vector<T>& values, std::size_t begin) {
  std::size_t end = begin;
  while (end < values.size() && values[end].key() == values[begin].key()) ++end;
  return absl::MakeSpan(values).subspan(begin, end - begin);
}

absl::Status JudgeOrders(Spills& spills, int bucket, const Rules& rules, VerifyReport& report) {
  ASSIGN_OR_RETURN(std::vector<OrderFact> facts, spills.orders->Read(bucket));
  Findings findings;
  for (std::size_t i = 0; i < facts.size();) {
    const absl::Span<OrderFact> run = RunAt(facts, i);
    i += run.size();
    switch (JudgeOrder(run, rules, findings)) {
      case Verdict::kMoving:
        ++report.moving;
        break;
      case Verdict::kAwaiting:
        ++report.awaiting;
        break;
      case Verdict::kParked:
        ++report.parked;
        report.parked_orders.push_back(run.front().order.ToString());
        break;
      case Verdict::kJudged:
        ++report.judged;
        break;
    }
  }
  report.violations = std::move(findings.violations);
  report.unpublished = findings.unpublished;
  Spill<NotedEvent>::Writer noted(*spills.noted);
  for (const NotedEvent& event : findings.awaited) noted.Add(event);
  return absl::OkStatus();
}

absl::Status JudgeEvents(Spills& spills, int bucket, const Rules& rules, VerifyReport& report) {
  ASSIGN_OR_RETURN(std::vector<CommittedEvent> committed, spills.committed->Read(bucket));
  ASSIGN_OR_RETURN(std::vector<NotedEvent> noted, spills.noted->Read(bucket));
  for (std::size_t i = 0, j = 0; i < committed.size() || j < noted.size();) {
    const bool take_committed =
        i < committed.size() && (j == noted.size() || committed[i].event <= noted[j].event);
    const bool take_noted =
        j < noted.size() && (i == committed.size() || noted[j].event <= committed[i].event);
    absl::Span<CommittedEvent> left;
    absl::Span<NotedEvent> right;
    if (take_committed) left = RunAt(committed, i);
    if (take_noted) right = RunAt(noted, j);
    i += left.size();
    j += right.size();
    JudgeEvent(left, right, rules, report.violations);
  }
  return absl::OkStatus();
}

void Add(const VerifyReport& part, VerifyReport& sum) {
  sum.judged += part.judged;
  sum.moving += part.moving;
  sum.awaiting += part.awaiting;
  sum.unpublished += part.unpublished;
  sum.parked += part.parked;
  for (const std::string& id : part.parked_orders) {
    if (sum.parked_orders.size() < kMaxParkedOrders) sum.parked_orders.push_back(id);
  }
  for (const Violation& violation : part.violations) {
    if (sum.violations.size() < kMaxViolations) sum.violations.push_back(violation);
  }
}

using JudgeBucket = absl::FunctionRef<absl::Status(int bucket, VerifyReport& part)>;

// Judges all buckets, kJudges at a time.
absl::Status JudgeBuckets(int buckets, JudgeBucket judge_bucket, VerifyReport& report) {
  std::mutex mutex;
  int next = 0;
  absl::Status result;
  const auto judge = [&] {
    while (true) {
      int bucket = 0;
      {
        const std::lock_guard lock(mutex);
        if (!result.ok() || next == buckets) return;
        bucket = next++;
      }
      VerifyReport part;
      absl::Status status = judge_bucket(bucket, part);
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

// Judges the orders first, because that finds the events that consumers have yet to process.
absl::Status JudgeAll(Pass& pass) {
  Spills& spills = pass.spills;
  const int buckets = spills.orders->buckets();
  RETURN_IF_ERROR(JudgeBuckets(
      buckets,
      [&](int bucket, VerifyReport& part) { return JudgeOrders(spills, bucket, pass.rules, part); },
      pass.report));
  return JudgeBuckets(
      buckets,
      [&](int bucket, VerifyReport& part) { return JudgeEvents(spills, bucket, pass.rules, part); },
      pass.report);
}

// Finds out how far the relay and the consumers have progressed. This must be read before any
// source, so that everything they have done by then is seen.
absl::Status ReadProgress(const VerifyOptions& options, Look& look) {
  ASSIGN_OR_RETURN(Consumption consumption, ReadConsumption(options.kafka));
  look.consumption = std::move(consumption);
  const std::array<const std::string*, kConsumers> databases = {
      &options.orders, &options.payments, &options.inventory, &options.notifications};
  for (int i = 0; i < kConsumers; ++i) {
    ASSIGN_OR_RETURN(const std::int64_t below, PublishedBelow(*databases[i]));
    // After the drain, the relay has nothing left to publish.
    look.published_below[i] = options.drain > absl::ZeroDuration() ? kAllPublished : below;
  }
  return absl::OkStatus();
}

absl::StatusOr<Pass> LookAt(const VerifyOptions& options, const Suspects* suspects) {
  Look look;
  look.suspects = suspects;
  RETURN_IF_ERROR(ReadProgress(options, look));
  ASSIGN_OR_RETURN(const std::int64_t orders, suspects == nullptr
                                                  ? EstimateOrders(options.orders)
                                                  : std::int64_t(suspects->orders.size()));
  ASSIGN_OR_RETURN(Spills spills, MakeSpills(orders));
  Pass pass;
  pass.spills = std::move(spills);
  pass.rules = {.idle_since = absl::ToUnixMicros(absl::Now() - options.idle),
                .knows_charges = !options.sandbox.empty(),
                .knows_sunk_mails = !options.mail_folder.empty()};
  pass.report.behind = look.consumption.behind;
  RETURN_IF_ERROR(ReadAll(options, look, pass));
  if (suspects != nullptr) {
    Spill<OrderFact>::Writer kept(*pass.spills.orders);
    for (const OrderFact& fact : suspects->kept) kept.Add(fact);
  }
  RETURN_IF_ERROR(JudgeAll(pass));
  std::sort(pass.report.violations.begin(), pass.report.violations.end());
  std::sort(pass.report.parked_orders.begin(), pass.report.parked_orders.end());
  return pass;
}

// Collects what the second pass needs to know about the first.
absl::StatusOr<Suspects> SuspectsOf(Pass& first, absl::Time began) {
  Suspects suspects = SuspectsOf(first.report.violations);
  suspects.sums = first.sums;
  suspects.read_to = std::move(first.read_to);
  suspects.looked_at = absl::ToUnixMicros(began);
  std::set<int> buckets;
  for (const Uuid& order : suspects.orders) buckets.insert(first.spills.orders->BucketOf(order));
  for (const int bucket : buckets) {
    ASSIGN_OR_RETURN(const std::vector<OrderFact> facts, first.spills.orders->Read(bucket));
    for (const OrderFact& fact : facts) {
      if (fact.kind != FactKind::kRecord && fact.kind != FactKind::kSunkMail) continue;
      if (!suspects.orders.contains(fact.order)) continue;
      suspects.kept.push_back(fact);
      // A record may have another key than its outbox row.
      if (fact.kind == FactKind::kRecord) suspects.events.insert(fact.id);
    }
  }
  return suspects;
}

}  // namespace

absl::StatusOr<VerifyReport> Verify(const VerifyOptions& options) {
  if (options.drain > absl::ZeroDuration()) {
    RETURN_IF_ERROR(WaitForRest(options));
  }
  const absl::Time began = absl::Now();
  ASSIGN_OR_RETURN(Pass first, LookAt(options, nullptr));
  if (first.report.violations.empty()) return std::move(first.report);
  ASSIGN_OR_RETURN(const Suspects suspects, SuspectsOf(first, began));
  VerifyReport report = std::move(first.report);
  absl::SleepFor(options.idle);
  ASSIGN_OR_RETURN(const Pass second, LookAt(options, &suspects));
  std::vector<Violation> persistent;
  std::set_intersection(report.violations.begin(), report.violations.end(),
                        second.report.violations.begin(), second.report.violations.end(),
                        std::back_inserter(persistent));
  report.violations = std::move(persistent);
  report.read_again = second.report.rows + second.report.records + second.report.mails;
  report.passes = 2;
  return report;
}

}  // namespace waybill::verify
