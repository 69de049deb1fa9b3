#include "platform/log/log.h"

#include <gtest/gtest.h>

namespace waybill::log {
namespace {

std::string LineOf(std::string_view value) {
  ::testing::internal::CaptureStderr();
  Warn("a message", {{"value", value}});
  return ::testing::internal::GetCapturedStderr();
}

TEST(LogTest, NothingInALineActsOnTheTerminalOfItsReader) {
  EXPECT_NE(LineOf("a\"b\\c \x1b[2J\x7f").find(R"("a\"b\\c \u001b[2J\u007f")"), std::string::npos);
  EXPECT_NE(LineOf("\xc2\x9b\xe2\x80\xae\xe2\x80\xa8").find(R"("\u009b\u202e\u2028")"),
            std::string::npos);
}

TEST(LogTest, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_NE(LineOf("\xd1\x89\xff\xed\xa0\x80").find("\xd1\x89\xef\xbf\xbd\xef\xbf\xbd"),
            std::string::npos);
}

}  // namespace
}  // namespace waybill::log
