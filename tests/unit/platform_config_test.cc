#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "platform/config/config_reader.h"
#include "platform/config/exit_code.h"
#include "tests/support/temp_folder.h"

namespace waybill {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(ConfigReaderTest, ReadsEveryKind) {
  auto reader = ConfigReader::Parse(R"(
    [grpc]
    listen = "127.0.0.1:1"
    workers = 4
    [inbox]
    retention = "36h"
    on = true
    [kafka.properties]
    "sasl.mechanism" = "PLAIN"
    retries = 3
    [[source]]
    name = "a"
    [[source]]
    name = "b"
  )",
                                    "t.toml");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->String("grpc.listen"), "127.0.0.1:1");
  EXPECT_EQ(reader->Int("grpc.workers", 16, {1, 10}), 4);
  EXPECT_EQ(reader->Int("grpc.queue", 77, {1, 100}), 77);
  EXPECT_EQ(reader->Duration("inbox.retention", absl::Hours(1), {}), absl::Hours(36));
  EXPECT_TRUE(reader->Bool("inbox.on", false));
  EXPECT_EQ(reader->Strings("kafka.properties"),
            (std::map<std::string, std::string>{{"sasl.mechanism", "PLAIN"}, {"retries", "3"}}));
  const auto sources = reader->Tables("source");
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[1]->String("name"), "b");
  EXPECT_EQ(sources[0]->String("name"), "a");
  EXPECT_TRUE(reader->Finish().ok()) << reader->Finish();
}

TEST(ConfigReaderTest, EveryMistakeIsNamedAtOnce) {
  auto reader = ConfigReader::Parse(R"(
    [grpc]
    lisen = "x"
    workers = 0
    queue = "many"
    [order]
    timeout = "soon"
    [[source]]
    nme = "a"
  )",
                                    "t.toml");
  ASSERT_TRUE(reader.ok());
  reader->String("grpc.listen");
  reader->Int("grpc.workers", 1, {1, 10});
  reader->Int("grpc.queue", 1, {1, 10});
  reader->Duration("order.timeout", absl::Hours(1), {});
  for (ConfigReader* source : reader->Tables("source")) source->String("name");
  const absl::Status status = reader->Finish();
  EXPECT_EQ(ExitCodeFor(status), kExitConfig);
  EXPECT_THAT(Message(status), AllOf(HasSubstr("t.toml: grpc.listen: is missing"),
                                     HasSubstr("t.toml: grpc.lisen: unknown key"),
                                     HasSubstr("t.toml: grpc.workers: 0 is outside 1..10"),
                                     HasSubstr("t.toml: grpc.queue: is not a whole number"),
                                     HasSubstr("t.toml: order.timeout: is not a duration"),
                                     HasSubstr("t.toml: source[0]: nme: unknown key"),
                                     HasSubstr("t.toml: source[0]: name: is missing")));
}

TEST(ConfigReaderTest, SecretsComeOutOfTheFilesThatATableNames) {
  const std::string folder = ::testing::TempDir();
  const std::string file = folder + "/platform_config_test_secret";
  std::ofstream(file) << "two\nlines\n";
  auto reader = ConfigReader::Parse(
      "[files]\n\"a.key\" = \"" + file + "\"\nb = \"/no/such/file\"\nc = \"" + folder + "\"\n",
      "t.toml");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->SecretsFromFiles("files")["a.key"], "two\nlines");
  EXPECT_TRUE(reader->SecretsFromFiles("none").empty());
  std::remove(file.c_str());
  const std::string mistakes = Message(reader->Finish());
  EXPECT_THAT(mistakes, AllOf(HasSubstr("t.toml: files.b: can't read /no/such/file"),
                              HasSubstr("t.toml: files.c: can't read " + folder)));
}

TEST(ConfigReaderTest, TheDigestChangesWithTheFileAndWithASecret) {
  const test::TempFolder folder;
  const auto digest = [&](const std::string& secret, const std::string& more = "") {
    const std::string path = folder.Write("secret", secret);
    auto reader = ConfigReader::Parse("a = \"" + path + "\"\n" + more, "x.toml");
    EXPECT_EQ(reader->SecretFromFile("a", "WAYBILL_NOT_SET"), secret);
    return reader->Digest();
  };
  EXPECT_EQ(digest("one"), digest("one"));
  EXPECT_NE(digest("one"), digest("two"));
  EXPECT_NE(digest("one"), digest("one", "b = 1"));
}

TEST(ConfigReaderTest, AFileThatIsNotTomlSaysWhere) {
  EXPECT_THAT(Message(ConfigReader::Parse("a = 1\nb = = 2\n", "t.toml").status()),
              HasSubstr("t.toml: line 2"));
  EXPECT_TRUE(absl::IsNotFound(ConfigReader::Load("/no/such/file.toml").status()));
}

}  // namespace
}  // namespace waybill
