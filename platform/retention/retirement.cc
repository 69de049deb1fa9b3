#include "platform/retention/retirement.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "platform/faults/fault_point.h"
#include "platform/log/log.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::retention {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
// Between two batches of a backlog.
constexpr absl::Duration kPause = absl::Milliseconds(200);

constexpr postgres::Statement kNow{"retention_now", "SELECT now() AS now"};

constexpr postgres::Statement kMark{"retention_mark", R"sql(
    INSERT INTO retention_marks AS m (what, before) VALUES ($1::text, $2::timestamptz)
    ON CONFLICT (what) DO UPDATE SET before = excluded.before
    WHERE m.before < excluded.before)sql"};

}  // namespace

Retirement::Retirement(postgres::Pool& pool, const RetentionConfig& config,
                       metrics::Registry& registry)
    : pool_(pool),
      config_(config),
      registry_(registry),
      next_(absl::Now() + config.every),
      worker_("retention", std::min(config.every, kPause), [this] { return RunIfDue(); }) {}

void Retirement::Add(Rule rule) {
  if (!config_.enabled || rule.period <= absl::ZeroDuration()) return;
  const metrics::Labels labels = {{"what", rule.what}};
  entries_.push_back(
      {.rule = std::move(rule),
       .rows = registry_.AddCounter(
           "waybill_retention_rows_total",
           "Rows deleted or blanked because they were past their retention", labels),
       .failures = registry_.AddCounter("waybill_retention_failures_total",
                                        "Batches that could not be retired", labels),
       .success_timestamp = registry_.AddGauge(
           "waybill_retention_success_timestamp_seconds",
           "When nothing past its retention was left; 0 before the first time", labels)});
}

void Retirement::Stop() {
  stopping_ = true;
  worker_.Stop();
}

absl::StatusOr<RoundResult> Retirement::RunIfDue() {
  if (absl::Now() < next_) return RoundResult::kIdle;
  ASSIGN_OR_RETURN(const RoundResult result, Run());
  next_ = absl::Now() + (result == RoundResult::kMoreWork ? kPause : config_.every);
  return RoundResult::kIdle;
}

absl::StatusOr<RoundResult> Retirement::Run() {
  absl::Status failure;
  RoundResult result = RoundResult::kIdle;
  for (const Entry& entry : entries_) {
    if (stopping_) break;
    const absl::StatusOr<std::int64_t> rows = RetireBatch(entry.rule);
    if (!rows.ok()) {
      entry.failures.Add();
      if (failure.ok()) {
        failure = {rows.status().code(), StrCat(entry.rule.what, ": ", rows.status().message())};
      }
      continue;
    }
    if (*rows > 0) {
      entry.rows.Add(static_cast<double>(*rows));
      log::Debug("rows past their retention are retired",
                 {{"what", entry.rule.what}, {"rows", *rows}});
    }
    if (*rows >= config_.batch) {
      result = RoundResult::kMoreWork;
    } else {
      entry.success_timestamp.Set(static_cast<double>(absl::ToUnixSeconds(absl::Now())));
    }
  }
  RETURN_IF_ERROR(failure);
  return result;
}

absl::StatusOr<std::int64_t> Retirement::RetireBatch(const Rule& rule) {
  std::int64_t rows = 0;
  RETURN_IF_ERROR(postgres::RunBackgroundWork(
      pool_, StrCat("retire ", rule.what), kPatience, [&](postgres::Transaction& tx) {
        const absl::Time before = tx.Exec(kNow).front().Get<absl::Time>("now") - rule.period;
        rows = rule.retire(tx, {.before = before, .limit = config_.batch});
        if (rows > 0 && rule.leaves_mark) tx.Exec(kMark, rule.what, before);
        faults::Point("retention.before_commit");
        return absl::OkStatus();
      }));
  return rows;
}

}  // namespace waybill::retention
