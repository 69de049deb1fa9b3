#include "bench/relay/upkeep.h"

#include <memory>

#include "absl/time/clock.h"
#include "bench/relay/kafka_client.h"
#include "bench/relay/relay_run.h"
#include "bench/relay/source_rig.h"
#include "tests/support/test_topics.h"
#include "tests/support/wait.h"

namespace waybill::bench {

void MeasureIdle(const Scale& scale, Figures& figures) {
  SourceRig rig;
  waybill::test::TestTopics topics;
  topics.Create({kTopic}, 6);
  RelayRun relay(rig.FreshRelayConfig(topics.prefix()));
  relay.AwaitStreaming();
  // By then the relay has also connected to the brokers.
  waybill::test::PaceUntil(absl::Now() + absl::Seconds(2));
  const double before = relay.CpuSeconds();
  waybill::test::PaceUntil(absl::Now() + scale.idle_for);
  const double used = relay.CpuSeconds() - before;
  figures.Add("idle_cpu_percent", "%", {100 * used / absl::ToDoubleSeconds(scale.idle_for)});
  relay.Stop();
}

void MeasureTakeOver(const Scale& scale, Figures& figures) {
  std::vector<double> seconds;
  for (int round = 0; round < scale.rounds; ++round) {
    SourceRig rig;
    waybill::test::TestTopics topics;
    topics.Create({kTopic}, 6);
    TopicEnd end(topics.prefix() + kTopic);
    auto first = std::make_unique<RelayRun>(rig.FreshRelayConfig(topics.prefix()));
    first->AwaitStreaming();
    RelayRun second(rig.FreshRelayConfig(topics.prefix(), "second"));
    second.AwaitLogged("the relay stands by");
    const std::int64_t died = MonotonicNs();
    first.reset();
    rig.Fill(1, 1);
    end.Await(1, absl::Minutes(1));
    seconds.push_back(static_cast<double>(MonotonicNs() - died) / 1e9);
  }
  figures.Add("take_over", "s", seconds);
}

}  // namespace waybill::bench
