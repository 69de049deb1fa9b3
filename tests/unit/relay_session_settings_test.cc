#include "outbox_relay/base/session_settings.h"

#include <gtest/gtest.h>

namespace waybill::outbox_relay {
namespace {

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool Has(const std::vector<std::string>& statements, const std::string& statement) {
  return std::find(statements.begin(), statements.end(), statement) != statements.end();
}

TEST(SessionSettings, AValueOfTheCallersReplacesThePinnedOneAndSpacesAreEscaped) {
  const std::string options = StartupOptions({{"statement_timeout", "5000"}, {"work_mem", "1 MB"}});
  EXPECT_TRUE(Has(options, "-c bytea_output=hex -c")) << options;
  EXPECT_TRUE(Has(options, "-c statement_timeout=5000")) << options;
  EXPECT_FALSE(Has(options, "-c statement_timeout=0")) << options;
  EXPECT_TRUE(Has(options, "-c work_mem=1\\ MB")) << options;
  EXPECT_TRUE(Has(options, "-c default_transaction_isolation=read\\ committed")) << options;
}

TEST(SessionSettings, AServerIsNotToldOfASettingThatItDoesNotKnow) {
  const Settings callers = {{"idle_session_timeout", "9"}};
  EXPECT_FALSE(Has(StartupOptions(callers), "idle_session_timeout"));
  EXPECT_FALSE(Has(SettingStatements(callers, 130000), "SET idle_session_timeout = '9'"));
  EXPECT_TRUE(Has(SettingStatements(callers, 140000), "SET idle_session_timeout = '9'"));
  EXPECT_FALSE(Has(SettingStatements(callers, 160000), "SET transaction_timeout = '0'"));
  EXPECT_TRUE(Has(SettingStatements(callers, 170000), "SET transaction_timeout = '0'"));
  EXPECT_TRUE(Has(SettingStatements(callers, 140000), "SET TimeZone = 'UTC'"));
}

}  // namespace
}  // namespace waybill::outbox_relay
