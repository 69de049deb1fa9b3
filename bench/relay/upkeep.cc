#include "bench/relay/upkeep.h"

#include "absl/time/clock.h"
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
  // Its connections to the brokers, too, are then made.
  waybill::test::PaceUntil(absl::Now() + absl::Seconds(2));
  const double before = relay.CpuSeconds();
  waybill::test::PaceUntil(absl::Now() + scale.idle_for);
  const double used = relay.CpuSeconds() - before;
  figures.Add("idle_cpu_percent", "%", {100 * used / absl::ToDoubleSeconds(scale.idle_for)});
  relay.Stop();
}

}  // namespace waybill::bench
