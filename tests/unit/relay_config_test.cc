#include "outbox_relay/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "platform/service/main.h"

namespace waybill::outbox_relay {
namespace {

absl::StatusOr<RelayConfig> Load(const std::string& source, const std::string& top = "") {
  char path[] = "/tmp/relay_config_XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_GE(fd, 0);
  std::ofstream(path) << top << "[kafka]\nbrokers = \"b:1\"\n[[source]]\nname = \"n\"\n"
                      << "conninfo = \"dbname=d\"\npublication = \"p\"\n"
                      << source;
  absl::StatusOr<RelayConfig> config = service::LoadConfig(path, &ReadConfig);
  std::remove(path);
  return config;
}

TEST(RelayConfig, ASourceNeedsLittleAndReadsTheWaybillOutboxByDefault) {
  const auto config = Load("slot = \"s\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->sources[0].table, "outbox");
  EXPECT_EQ(config->sources[0].schema, "public");
  EXPECT_EQ(config->sources[0].mapping.tx, "tx");
  EXPECT_EQ(config->sources[0].mapping.time, "created_at");
  EXPECT_EQ(config->limits.republish_rows_per_second, 1000);
  EXPECT_EQ(config->sources[0].mapping.header_rules.size(), 4u);
  EXPECT_TRUE(config->sources[0].rows_are_kept);
}

TEST(RelayConfig, ATableMayNameItsSchemaAndItsColumns) {
  const auto config = Load(
      "slot = \"s\"\ntable = \"app.events\"\nprofile = \"debezium\"\ntopic = \"all\"\n"
      "columns.key = \"k\"\nheaders.kind = \"type\"\nconstant_headers.origin = \"here\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  const SourceConfig& source = config->sources[0];
  EXPECT_EQ(source.schema, "app");
  EXPECT_EQ(source.table, "events");
  EXPECT_FALSE(source.rows_are_kept);
  EXPECT_EQ(source.mapping.topic, "all");
  EXPECT_EQ(source.mapping.key, "k");
  ASSERT_EQ(source.mapping.header_rules.size(), 2u);
  EXPECT_EQ(source.mapping.header_rules[1].constant, "here");
}

TEST(RelayConfig, EveryMistakeIsNamed) {
  for (const char* slot :
       {"slot = \"\"\n", "slot = \"S\"\n", "slot = \"a-b\"\n", "slot = \"a_1\"\n"}) {
    EXPECT_FALSE(Load(slot).ok()) << slot;
  }
  EXPECT_TRUE(Load("slot = \"a1\"\n").ok());
  const auto mistakes = Load("slot = \"s\"\nprofile = \"odd\"\ntabel = \"x\"\n");
  const std::string message(mistakes.status().message());
  EXPECT_NE(message.find("profile"), std::string::npos) << message;
  EXPECT_NE(message.find("tabel: unknown key"), std::string::npos) << message;
}

TEST(RelayConfig, TwoSourcesOfOneDatabaseNeedSlotsOfTheirOwn) {
  const auto two = [](const std::string& conninfo) {
    return Load("slot = \"s\"\n[[source]]\nname = \"m\"\nconninfo = \"" + conninfo +
                "\"\npublication = \"p\"\nslot = \"s\"\n");
  };
  EXPECT_TRUE(two("dbname=another").ok());
  const auto mistakes = two("dbname=d");
  const std::string message(mistakes.status().message());
  EXPECT_NE(message.find("slot: is that of source \"n\", too"), std::string::npos) << message;
}

}  // namespace
}  // namespace waybill::outbox_relay
