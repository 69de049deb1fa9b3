// Tests the files that say how clients reach Kafka and what they may do there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/kafka/acl.h"
#include "platform/kafka/client_config.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(PropertyFileTest, AFileHasOneSettingPerLine) {
  const test::TempFolder folder;
  const auto read = ReadPropertyFile(folder.Write(
      "good", "# TLS\n\nsecurity.protocol=SASL_SSL\r\n  sasl.password=a=b#c \nempty=\n"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, UnorderedElementsAre(Pair("security.protocol", "SASL_SSL"),
                                          Pair("sasl.password", "a=b#c"), Pair("empty", "")));
  const auto wrong = ReadPropertyFile(folder.Write("wrong", "a=b\nopen sesame\n"));
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("line 2"));
  EXPECT_THAT(std::string(wrong.status().message()), Not(HasSubstr("sesame")));
  EXPECT_FALSE(ReadPropertyFile((folder.path() / "nowhere").string()).ok());
}

TEST(AclsTest, TheRepositorysAclsCanBeRead) {
  const auto acls = ParseAcls(test::ReadFile(test::SourcePath("deploy/kafka/acls.txt")));
  ASSERT_TRUE(acls.ok()) << acls.status();
  EXPECT_GT(acls->size(), 30U);
}

TEST(AclsTest, TheErrorNamesALineThatIsNoRule) {
  for (const char* line : {
           "--allow-principal User:a --operation Read",
           "--allow-principal User:a --operation Fly --topic t",
           "--allow-principal User:a --operation Read --cluster c",
           "--allow-principal User:a --allow-principal User:b --topic t",
           "--allow-principal User:a --operation Read --topic t --topic u",
           "--deny-principal User:a --operation Read --topic t",
       }) {
    const auto acls = ParseAcls(std::string("# fine\n") + line + "\n");
    EXPECT_THAT(std::string(acls.status().message()), HasSubstr(line));
  }
}

}  // namespace
}  // namespace waybill::kafka
