// What a relay shows of itself.
#include <gtest/gtest.h>

#include "tests/integration/relay_endpoint.h"
#include "tests/integration/relay_harness.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

TEST(RelayMetrics, TellWhatIsPublishedWhatIsParkedAndHowTheSlotIs) {
  RelayHarness relay;
  const RelayEndpoint endpoint;
  relay.extra = endpoint.Config();
  relay.Start();
  relay.Put("a", 5, "12345");
  relay.ExpectInOrder("a", 5);
  relay.Put("b", 3, "{}", "no.such.topic");
  const std::string source = "{source=\"orders\"}";
  for (const std::string& line :
       {std::string(
            "waybill_relay_rows_published_total{source=\"orders\",topic=\"orders.events\"} 5"),
        "waybill_relay_bytes_published_total" + source + " 30",
        "waybill_relay_commit_to_ack_seconds_count" + source + " 2",
        "waybill_relay_parked_rows" + source + " 3", "waybill_relay_leader" + source + " 1",
        "waybill_relay_connected" + source + " 1", "waybill_relay_slot_lost" + source + " 0",
        "waybill_relay_slot_endangered" + source + " 0",
        "waybill_relay_slot_safe_bytes" + source + " -1",
        "waybill_relay_in_flight_records" + source + " 0",
        "waybill_relay_lag_seconds" + source + " 0"}) {
    EXPECT_TRUE(endpoint.Shows(line)) << endpoint.Get("/metrics");
  }
  EXPECT_EQ(endpoint.Get("/livez").substr(0, 3), "200");
  EXPECT_EQ(endpoint.Get("/readyz").substr(0, 3), "200");
}

TEST(RelayMetrics, AStandbyIsReadyAndNoLeaderAndOneWithoutItsDatabaseIsNeither) {
  RelayHarness relay;
  const RelayEndpoint endpoint;
  relay.extra = endpoint.Config();
  relay.Start();
  EXPECT_TRUE(endpoint.Shows("waybill_relay_leader{source=\"orders\"} 1"));
  const RelayEndpoint standby_endpoint;
  relay.extra = standby_endpoint.Config();
  const auto standby = relay.StartAnother();
  EXPECT_TRUE(standby_endpoint.BecomesReady());
  EXPECT_TRUE(standby_endpoint.Shows("waybill_relay_leader{source=\"orders\"} 0"));
  // Superusers, like the test, are let in all the same.
  relay.db.Exec("ALTER DATABASE " + relay.db.name() + " CONNECTION LIMIT 0");
  relay.db.Exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'outbox_relay' AND"
      " datname = current_database()");
  EXPECT_TRUE(Eventually(
      [&] {
        return endpoint.Get("/readyz").substr(0, 3) == "503" &&
               standby_endpoint.Get("/readyz").substr(0, 3) == "503" &&
               endpoint.Get("/livez").substr(0, 3) == "200";
      },
      "neither is ready, both live"));
}

TEST(RelayStatus, TheSlotOfTheFirstBackfillIsSeenToo) {
  RelayHarness relay;
  relay.extra_source = "[kafka.properties]\n\"bootstrap.servers\" = \"127.0.0.1:1\"\n";
  relay.Put("a");
  relay.Start();
  Finished status;
  EXPECT_TRUE(Eventually(
      [&] {
        status = relay.Command({"status"});
        return status.output.find("_1: reserved, ") != std::string::npos;
      },
      "the slot"))
      << status.output;
}

TEST(RelayStatus, ARelayThatIsDownLeavesItsSlotsRetainedBytesToBeSeen) {
  RelayHarness relay;
  relay.Start();
  relay.Put("a");
  relay.ExpectInOrder("a", 1);
  relay.Stop();
  relay.Put("a", 1000, std::string(1000, 'x'));
  const Finished status = relay.Command({"status"});
  EXPECT_EQ(status.status, 0) << status.output;
  const std::size_t at = status.output.find("nobody streams from it\n  ");
  ASSERT_NE(at, std::string::npos) << status.output;
  EXPECT_GT(std::stoll(status.output.substr(at + 25)), 1'000'000) << status.output;
}

}  // namespace
}  // namespace waybill::test
