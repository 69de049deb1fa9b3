// Retirement deletes, or blanks, rows that are past their retention: one worker per process, which
// every service gives rules of its own.
//
//   Retire({.what = "request_keys",
//           .period = config.request_key_retention,
//           .retire = request_keys::RetireKeys});
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/executor/periodic_worker.h"
#include "platform/metrics/registry.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/transaction.h"
#include "platform/retention/batch.h"
#include "platform/retention/config.h"

namespace waybill::retention {

struct Rule {
  // Names the rows in metrics, logs and retention_marks.
  std::string what;
  // How long they are kept; 0 for ever.
  absl::Duration period;
  // Retires up to batch.limit rows that were last changed before batch.before and that nothing needs
  // any more, along an index, and returns how many; fewer than the limit when there are no more.
  // Beside another instance that does the same, it must be harmless. Throws what libpqxx throws.
  std::function<std::int64_t(postgres::Transaction&, const Batch&)> retire;
  // Whether retention_marks notes how far it has come, for orderctl verify; the database must have
  // that table.
  bool leaves_mark = false;
};

// Each batch is a transaction of its own, so a crash loses one batch at most, which is retired again.
// Age is measured by the database's clock, which all instances share. There is no leader: instances take
// different rows, or wait for each other for the time of one batch. Between two batches the worker
// pauses, so a large backlog holds nobody up.
//
// Metrics, by `what`: waybill_retention_rows_total, waybill_retention_failures_total and
// waybill_retention_success_timestamp_seconds, when nothing was left to retire. Add from one thread,
// before the worker is started.
class Retirement {
 public:
  // Borrows the pool and the registry.
  Retirement(postgres::Pool& pool, const RetentionConfig& config, metrics::Registry& registry);

  // A rule that keeps for ever, or that retention.enabled switches off, is left out.
  void Add(Rule rule);
  // Runs every retention.every, the first time after that long.
  void Start() { worker_.Start(); }
  // Ends after the rule under way; blocks until then, for about 20 s at most. May be called twice.
  void Stop();

  // Retires one batch per rule; kMoreWork when one of them was full. A rule that fails doesn't keep
  // the others from their turn; the first failure is returned. Blocks for about 20 s per rule at most.
  // Errors: RunBackgroundWork's.
  absl::StatusOr<RoundResult> Run();

 private:
  struct Entry {
    Rule rule;
    metrics::Counter rows;
    metrics::Counter failures;
    metrics::Gauge success_timestamp;
  };

  // A round of the worker, which looks for the time more often than it retires.
  absl::StatusOr<RoundResult> RunIfDue();
  // Returns how many rows are retired.
  absl::StatusOr<std::int64_t> RetireBatch(const Rule& rule);

  postgres::Pool& pool_;
  const RetentionConfig config_;
  metrics::Registry& registry_;
  std::vector<Entry> entries_;
  std::atomic<bool> stopping_ = false;
  // When the worker retires next; used by its thread alone.
  absl::Time next_;
  // Last, so that it ends before what its rounds use.
  PeriodicWorker worker_;
};

}  // namespace waybill::retention
