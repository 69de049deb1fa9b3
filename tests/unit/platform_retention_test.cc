// What an operator may set of retention, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/request_keys/key_retirement.h"
#include "platform/retention/config.h"

namespace waybill::retention {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  absl::Duration period;
  std::string mistakes;
};

Outcome Read(const std::string& toml) {
  ConfigReader reader = *ConfigReader::Parse(toml, "t.toml");
  const absl::Duration period =
      ReadPeriod(reader, "retention.mail_text", absl::Hours(24 * 90), absl::Hours(1));
  return {period, std::string(reader.Finish().message())};
}

TEST(RetentionConfigTest, APeriodIsTakenOrItsDefault) {
  EXPECT_EQ(Read("").period, absl::Hours(24 * 90));
  EXPECT_EQ(Read("retention.mail_text = \"1h\"").period, absl::Hours(1));
  EXPECT_EQ(Read("retention.mail_text = \"17520h\"").mistakes, "") << "longer than a year";
}

TEST(RetentionConfigTest, ZeroKeepsForEver) {
  const Outcome outcome = Read("retention.mail_text = \"0s\"");
  EXPECT_EQ(outcome.period, absl::ZeroDuration());
  EXPECT_EQ(outcome.mistakes, "");
}

TEST(RetentionConfigTest, ATooShortOrNegativePeriodIsRefused) {
  EXPECT_EQ(Read("retention.mail_text = \"59m\"").mistakes,
            "t.toml: retention.mail_text: 59m is shorter than 1h, the least; 0s keeps for ever");
  EXPECT_THAT(Read("retention.mail_text = \"-1h\"").mistakes,
              HasSubstr("-1h is outside 0..87840h"));
  EXPECT_THAT(Read("retention.mail_text = 90").mistakes, HasSubstr("is not a duration"));
}

TEST(RetentionConfigTest, RequestKeysAreKeptAtLeastAsLongAsClientsArePromised) {
  ConfigReader reader = *ConfigReader::Parse("retention.request_keys = \"23h\"", "t.toml");
  EXPECT_EQ(request_keys::ReadRetention(reader), request_keys::kRetention);
  EXPECT_THAT(std::string(reader.Finish().message()), HasSubstr("23h is shorter than 24h"));
}

TEST(RetentionConfigTest, TheWorkerHasBounds) {
  ConfigReader reader =
      *ConfigReader::Parse("[retention]\nenabled = false\nevery = \"1ms\"\nbatch = 0", "t.toml");
  EXPECT_FALSE(ReadRetentionConfig(reader).enabled);
  const std::string mistakes(reader.Finish().message());
  EXPECT_THAT(mistakes, HasSubstr("retention.every: 1ms is outside"));
  EXPECT_THAT(mistakes, HasSubstr("retention.batch: 0 is outside 1..10000"));
}

}  // namespace
}  // namespace waybill::retention
