#include "bench/relay/drain.h"

#include <cstdio>

#include "bench/relay/bare_producer.h"
#include "bench/relay/kafka_client.h"
#include "bench/relay/no_op_reader.h"
#include "bench/relay/relay_run.h"
#include "bench/relay/source_rig.h"
#include "tests/support/test_topics.h"

namespace waybill::bench {
namespace {

using waybill::test::TestTopics;

constexpr absl::Duration kPatience = absl::Minutes(10);

struct Drained {
  double rows_per_second = 0;
  double relay_cpu_s = 0;
  double postgres_cpu_s = 0;
};

// Returns the CPU seconds of every server process that works for the relay.
double PostgresCpuSeconds(SourceRig& rig) {
  double seconds = 0;
  for (const auto& row : rig.db().QueryRows(
           "SELECT pid FROM pg_stat_activity WHERE usename = 'outbox_relay' AND datname ="
           " current_database()")) {
    seconds += CpuSecondsOf(static_cast<pid_t>(std::stol(row[0])));
  }
  return seconds;
}

// Measures from the start of the relay's stream, or of its copy, until `records` records are in the
// topic.
Drained Drain(SourceRig& rig, const std::string& round, std::int64_t records, PeakRss& rss,
              bool catch_up = false) {
  TestTopics topics;
  topics.Create({kTopic}, 6);
  TopicEnd end(topics.prefix() + kTopic);
  const std::string config = rig.RelayConfig(round, topics.prefix(), catch_up);
  RelayRun relay(config);
  relay.AwaitLogged(catch_up ? "\"the catch-up by copy starts\"" : "\"the stream starts\"");
  const std::int64_t started = MonotonicNs();
  const std::int64_t before = end.Count();
  end.Await(records, kPatience);
  const auto seconds = static_cast<double>(MonotonicNs() - started) / 1e9;
  Drained drained{.rows_per_second = static_cast<double>(records - before) / seconds,
                  .relay_cpu_s = relay.CpuSeconds(),
                  .postgres_cpu_s = PostgresCpuSeconds(rig)};
  rss.push_back(relay.PeakRssMb());
  relay.Stop();
  return drained;
}

double Per100k(double seconds, std::int64_t rows) {
  return seconds / static_cast<double>(rows) * 1e5;
}

}  // namespace

void MeasureDrain(const Scale& scale, const std::string& name, std::int64_t rows,
                  std::int64_t rows_per_commit, bool cpu, Figures& figures, PeakRss& rss) {
  SourceRig rig;
  rig.Fill(rows, rows_per_commit);
  const std::string conninfo = rig.db().Conninfo("outbox_relay");
  std::vector<double> ours, bound, our_cpu, bound_cpu, producer, copied;
  for (int round = 0; round < scale.rounds; ++round) {
    const NoOpRead read = ReadAndDrop(conninfo, rig.base_slot(), rows);
    bound.push_back(read.rows_per_second);
    bound_cpu.push_back(read.cpu_s_per_100k);
    const Drained drained = Drain(rig, "r" + std::to_string(round), rows, rss);
    ours.push_back(drained.rows_per_second);
    our_cpu.push_back(Per100k(drained.relay_cpu_s, rows));
    std::printf("%s, round %d: %.0f rows/s of %.0f, %.2f CPU s per 100k, %.1f MB\n", name.c_str(),
                round + 1, ours.back(), bound.back(), our_cpu.back(), rss.back());
    if (!cpu) continue;
    copied.push_back(Drain(rig, "c" + std::to_string(round), rows, rss, true).rows_per_second);
    std::printf("catch_up_by_copy, round %d: %.0f rows/s, %.1f MB\n", round + 1, copied.back(),
                rss.back());
    TestTopics topics;
    topics.Create({kTopic}, 6);
    producer.push_back(BareProducerRate(topics.prefix() + kTopic, rows));
  }
  figures.Add(name, "rows/s", ours, bound);
  if (!cpu) return;
  figures.Add("catch_up_by_copy", "rows/s", copied, bound);
  figures.Add(name + "_producer", "rows/s", ours, producer);
  figures.Add("cpu_s_per_100k", "s", our_cpu, bound_cpu);
}

void MeasureLargeTransaction(const Scale& scale, Figures& figures, PeakRss& rss) {
  SourceRig rig;
  rig.Fill(scale.rows_at_50, scale.rows_at_50);
  PeakRss own;
  const Drained drained = Drain(rig, "large", scale.rows_at_50, own);
  std::printf("one transaction: %.0f rows/s, %.1f MB\n", drained.rows_per_second, own[0]);
  figures.Add("drain_one_transaction", "rows/s", {drained.rows_per_second});
  rss.insert(rss.end(), own.begin(), own.end());
}

void MeasureBurdened(const Scale& scale, Figures& figures, PeakRss& rss) {
  constexpr int kKeys = 1000;
  SourceRig plain;
  plain.Fill(scale.rows_burdened, 50, kKeys);
  SourceRig burdened;
  burdened.db().Exec("SELECT outbox_create_partitions(130)");
  waybill::test::TestDatabase& db = burdened.db();
  auto holder = Must(outbox_relay::PgConnection::Connect(
      db.Conninfo("postgres"), outbox_relay::PgConnection::Kind::kSql, {}, absl::Seconds(10)));
  (void)Must(holder.ExecSimple("BEGIN; SELECT pg_current_xact_id()"));
  burdened.Fill(scale.rows_burdened, 50, kKeys);
  const std::int64_t parked = scale.rows_burdened / kKeys;
  std::vector<double> ours, reference;
  for (int round = 0; round < scale.rounds; ++round) {
    const std::string name = "b" + std::to_string(round);
    const Drained bare = Drain(plain, name, scale.rows_burdened, rss);
    db.Exec("INSERT INTO outbox_relay.parked_keys (source, topic, key) VALUES ('" + name + "', '" +
            kTopic + "', convert_to(lpad('7', 36, '0'), 'UTF8'))");
    const Drained loaded = Drain(burdened, name, scale.rows_burdened - parked, rss);
    reference.push_back(Per100k(bare.relay_cpu_s + bare.postgres_cpu_s, scale.rows_burdened));
    ours.push_back(Per100k(loaded.relay_cpu_s + loaded.postgres_cpu_s, scale.rows_burdened));
    std::printf("burdened, round %d: %.2f CPU s per 100k, plain %.2f\n", round + 1, ours.back(),
                reference.back());
  }
  figures.Add("burdened_cpu_s_per_100k", "s", ours, reference);
}

}  // namespace waybill::bench
