// Tests what a process exposes over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "platform/metrics/endpoint.h"
#include "platform/metrics/listen_alone.h"
#include "platform/metrics/poller.h"
#include "tests/support/wait.h"

namespace waybill::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RegistryTest, WhatIsCountedIsShownWithItsLabels) {
  Registry registry;
  const Counter calls = registry.AddCounter("calls_total", "Calls", {{"code", "OK"}});
  calls.Add();
  calls.Add(2);
  registry.AddGauge("sessions", "Sessions").Set(7);
  EXPECT_THAT(registry.Text(),
              HasSubstr("# TYPE calls_total counter\ncalls_total{code=\"OK\"} 3\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("sessions 7\n"));
}

TEST(RegistryTest, TheSameNameAndLabelsAreTheSameInstrument) {
  Registry registry;
  registry.AddCounter("calls_total", "Calls", {{"code", "OK"}}).Add();
  registry.AddCounter("calls_total", "Calls", {{"code", "OK"}}).Add();
  registry.AddCounter("calls_total", "Calls", {{"code", "INTERNAL"}}).Add();
  EXPECT_THAT(registry.Text(), HasSubstr("calls_total{code=\"OK\"} 2\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("calls_total{code=\"INTERNAL\"} 1\n"));
}

TEST(RegistryTest, ANameOfTwoKindsIsAMistake) {
  Registry registry;
  registry.AddCounter("calls_total", "Calls");
  EXPECT_THROW(registry.AddGauge("calls_total", "Calls"), std::invalid_argument);
}

TEST(RegistryTest, ADurationIsObservedInSeconds) {
  Registry registry;
  const Histogram wait = registry.AddHistogram("wait_seconds", "Wait", SecondsBuckets());
  wait.Observe(absl::Milliseconds(2));
  EXPECT_THAT(registry.Text(), HasSubstr("wait_seconds_bucket{le=\"0.001\"} 0\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("wait_seconds_bucket{le=\"0.0025\"} 1\n"));
  EXPECT_THAT(registry.Text(), HasSubstr("wait_seconds_sum 0.002\n"));
}

TEST(RegistryTest, AHandleOfNobodyRecordsNowhere) {
  Counter().Add();
  Gauge().Set(1);
  Histogram().Observe(1.0);
  GaugeSet().Replace({{.labels = {}, .value = 1}});
}

TEST(RegistryTest, AGaugeSetShowsWhatItWasLastGivenAndNothingElse) {
  Registry registry;
  GaugeSet lag = registry.AddGaugeSet("lag", "Lag");
  lag.Replace({{{{"partition", "0"}}, 5}, {{{"partition", "1"}}, 6}});
  lag.Replace({{{{"partition", "1"}}, 8}, {{{"partition", "2"}}, 9}});
  const std::string text = registry.Text();
  EXPECT_THAT(text, Not(HasSubstr("partition=\"0\"")));
  EXPECT_THAT(text, HasSubstr("lag{partition=\"1\"} 8\n"));
  EXPECT_THAT(text, HasSubstr("lag{partition=\"2\"} 9\n"));
}

TEST(PollerTest, APollThatFailsIsCountedAndHoldsUpNoOther) {
  Registry registry;
  Poller poller(registry, absl::Milliseconds(1));
  std::atomic<int> rounds = 0;
  poller.Add("broken", [] { return absl::UnavailableError("away"); });
  poller.Add("whole", [&rounds] {
    ++rounds;
    return absl::OkStatus();
  });
  poller.Start();
  ASSERT_TRUE(test::Eventually([&rounds] { return rounds >= 2; }, "two rounds"));
  poller.Stop();
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("waybill_poll_success_timestamp_seconds{poll=\"broken\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("waybill_poll_success_timestamp_seconds{poll=\"whole\"} 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("waybill_poll_failures_total{poll=\"broken\"} 0\n")));
  EXPECT_THAT(text, HasSubstr("waybill_poll_failures_total{poll=\"whole\"} 0\n"));
}

class EndpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::Status started = endpoint_.Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  httplib::Result Get(const std::string& path) const {
    httplib::Client client("127.0.0.1", endpoint_.port());
    return client.Get(path);
  }

  Registry registry_;
  Readiness readiness_;
  Endpoint endpoint_{{.listen = "127.0.0.1:0"}, registry_, readiness_};
};

TEST_F(EndpointTest, AProcessIsReadyOnlyBetweenStartAndShutdown) {
  EXPECT_EQ(Get("/livez")->status, 200);
  EXPECT_EQ(Get("/readyz")->status, 503);
  EXPECT_THAT(Get("/readyz")->body, HasSubstr("start: "));
  readiness_.MarkStarted();
  EXPECT_EQ(Get("/readyz")->status, 200);
  readiness_.MarkShuttingDown();
  readiness_.MarkStarted();
  EXPECT_EQ(Get("/readyz")->status, 503);
  EXPECT_THAT(Get("/readyz")->body, HasSubstr("shutdown: "));
  EXPECT_EQ(Get("/livez")->status, 200);
}

TEST_F(EndpointTest, WhatKeepsAProcessFromBeingReadyIsNamed) {
  std::atomic<bool> broker{false};
  readiness_.Add("consumer", [&broker] {
    return broker ? absl::OkStatus() : absl::UnavailableError("no broker");
  });
  readiness_.Add("other", [] { return absl::OkStatus(); });
  readiness_.MarkStarted();
  EXPECT_EQ(Get("/readyz")->status, 503);
  EXPECT_EQ(Get("/readyz")->body, "consumer: no broker\n");
  EXPECT_THAT(Get("/metrics")->body, HasSubstr("waybill_ready 0\n"));
  broker = true;
  EXPECT_EQ(Get("/readyz")->status, 200);
  EXPECT_THAT(Get("/metrics")->body, HasSubstr("waybill_ready 1\n"));
}

TEST_F(EndpointTest, MetricsComeInPrometheusesFormat) {
  registry_.AddCounter("calls_total", "Calls").Add();
  const httplib::Result answer = Get("/metrics");
  EXPECT_THAT(answer->get_header_value("Content-Type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer->body, HasSubstr("calls_total 1\n"));
  EXPECT_EQ(Get("/elsewhere")->status, 404);
}

TEST_F(EndpointTest, ATakenAddressIsRefusedAndNeverShared) {
  Endpoint second({.listen = "127.0.0.1:" + std::to_string(endpoint_.port())}, registry_,
                  readiness_);
  EXPECT_TRUE(absl::IsUnavailable(second.Start()));
}

TEST_F(EndpointTest, ManyScrapesAtOnceAreAllAnswered) {
  std::atomic<int> answered = 0;
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 40; ++i) {
    scrapers.emplace_back([&] {
      httplib::Client client("127.0.0.1", endpoint_.port());
      client.set_read_timeout(60);
      const httplib::Result answer = client.Get("/metrics");
      if (answer && answer->status == 200) ++answered;
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  EXPECT_EQ(answered, 40);
}

TEST(EndpointConfigTest, WithoutAnAddressNothingListens) {
  Registry registry;
  Readiness readiness;
  Endpoint endpoint({}, registry, readiness);
  EXPECT_TRUE(endpoint.Start().ok());
  EXPECT_EQ(endpoint.port(), 0);
}

TEST(EndpointConfigTest, AnAddressWithoutAPortIsAMistake) {
  Registry registry;
  Readiness readiness;
  Endpoint endpoint({.listen = "localhost"}, registry, readiness);
  EXPECT_TRUE(absl::IsInvalidArgument(endpoint.Start()));
}

TEST(ListenAlone, APortIsOneServersAlone) {
  httplib::Server first;
  ListenAlone(first);
  const int port = first.bind_to_any_port("127.0.0.1");
  ASSERT_GT(port, 0);
  httplib::Server second;
  ListenAlone(second);
  EXPECT_FALSE(second.bind_to_port("127.0.0.1", port));
}

}  // namespace
}  // namespace waybill::metrics
