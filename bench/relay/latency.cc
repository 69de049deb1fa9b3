#include "bench/relay/latency.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "absl/time/clock.h"
#include "bench/relay/bare_producer.h"
#include "bench/relay/kafka_client.h"
#include "bench/relay/relay_run.h"
#include "bench/relay/source_rig.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"

namespace waybill::bench {
namespace {

using waybill::test::TestTopics;

constexpr absl::Duration kPatience = absl::Seconds(60);

// Commits one row at a time. Not thread-safe.
class Committer {
 public:
  explicit Committer(const std::string& conninfo)
      : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
    PGresult* prepared = PQprepare(
        connection_.get(), "put",
        "INSERT INTO outbox (event_id, topic, key, sequence, payload, headers) VALUES"
        " (gen_random_uuid(), 'orders.events', lpad(($1::bigint % 10000)::text, 36, '0'), 1,"
        " convert_to($2, 'UTF8'), '{\"ce_specversion\": \"1.0\", \"ce_type\": \"OrderPlaced\","
        " \"ce_source\": \"order_svc\", \"content-type\": \"application/json\", \"traceparent\":"
        " \"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}')",
        0, nullptr);
    Expect(prepared, PGRES_COMMAND_OK);
  }

  // Returns the time at which COMMIT was sent.
  std::int64_t Put(std::int64_t number) {
    const std::string text = std::to_string(number);
    const std::string payload = Payload(number);
    const char* values[] = {text.c_str(), payload.c_str()};
    Expect(PQexec(connection_.get(), "BEGIN"), PGRES_COMMAND_OK);
    Expect(PQexecPrepared(connection_.get(), "put", 2, values, nullptr, nullptr, 0),
           PGRES_COMMAND_OK);
    const std::int64_t sent = MonotonicNs();
    Expect(PQexec(connection_.get(), "COMMIT"), PGRES_COMMAND_OK);
    return sent;
  }

 private:
  void Expect(PGresult* result, ExecStatusType status) {
    const bool as_expected = PQresultStatus(result) == status;
    PQclear(result);
    if (!as_expected) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// Returns the latencies in milliseconds, sorted. `send` sends record `number` and returns when it
// did so.
std::vector<double> LatenciesOf(const std::string& full_topic, int rate, absl::Duration how_long,
                                const std::function<std::int64_t(std::int64_t)>& send) {
  const std::int64_t records = rate * absl::ToInt64Seconds(how_long);
  Arrivals arrivals(full_topic, records);
  std::vector<std::int64_t> sent(static_cast<std::size_t>(records));
  const absl::Time started = absl::Now();
  for (std::int64_t i = 0; i < records; ++i) {
    waybill::test::PaceUntil(started + absl::Seconds(1) * i / rate);
    sent[i] = send(i);
  }
  arrivals.AwaitAll(kPatience);
  std::vector<double> latencies;
  for (std::int64_t i = 0; i < records; ++i) {
    latencies.push_back(static_cast<double>(arrivals.at_ns(i) - sent[i]) / 1e6);
  }
  std::sort(latencies.begin(), latencies.end());
  return latencies;
}

std::vector<double> Bare(int rate, absl::Duration how_long) {
  TestTopics topics;
  topics.Create({kTopic}, 6);
  BareProducer producer(topics.prefix() + kTopic);
  return LatenciesOf(topics.prefix() + kTopic, rate, how_long, [&producer](std::int64_t number) {
    const std::int64_t sent = MonotonicNs();
    producer.Send(number);
    return sent;
  });
}

std::vector<double> Ours(SourceRig& rig, int rate, absl::Duration how_long) {
  TestTopics topics;
  topics.Create({kTopic}, 6);
  RelayRun relay(rig.FreshRelayConfig(topics.prefix()));
  relay.AwaitStreaming();
  Committer committer(rig.db().Conninfo("postgres"));
  std::vector<double> latencies =
      LatenciesOf(topics.prefix() + kTopic, rate, how_long,
                  [&committer](std::int64_t number) { return committer.Put(number); });
  relay.Stop();
  return latencies;
}

}  // namespace

void MeasureLatency(const Scale& scale, int rows_per_second, Figures& figures) {
  const std::vector<std::pair<std::string, double>> shares = {
      {"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}};
  std::vector<std::vector<double>> ours(shares.size()), reference(shares.size());
  for (int round = 0; round < scale.latency_rounds; ++round) {
    SourceRig rig;
    const std::vector<double> bare = Bare(rows_per_second, scale.latency_for);
    const std::vector<double> relayed = Ours(rig, rows_per_second, scale.latency_for);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      ours[i].push_back(Percentile(relayed, shares[i].second));
      reference[i].push_back(Percentile(bare, shares[i].second));
    }
    std::printf("latency at %d/s, round %d: p50 %.2f ms, p99 %.2f ms; bare %.2f, %.2f\n",
                rows_per_second, round + 1, ours[0].back(), ours[1].back(), reference[0].back(),
                reference[1].back());
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    figures.Add("latency_" + std::to_string(rows_per_second) + "_" + shares[i].first, "ms", ours[i],
                reference[i]);
  }
}

}  // namespace waybill::bench
