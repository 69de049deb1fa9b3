#include "platform/log/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

#include "platform/log/process_log.h"
#include "platform/log/writer.h"

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

// A writer to a pipe. Both live on, as the writer does.
class WriterTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(pipe_, O_CLOEXEC), 0); }

  Writer& ToPipe(std::size_t max_waiting_bytes = 1 << 20) {
    return Make(pipe_[1], max_waiting_bytes);
  }

  static Writer& Make(int fd, std::size_t max_waiting_bytes = 1 << 20) {
    return *new Writer(fd, {.max_waiting_bytes = max_waiting_bytes, .notice = [](std::int64_t n) {
                              return std::to_string(n) + " dropped";
                            }});
  }

  // Reads until `last` has been read.
  std::string ReadTo(const std::string& last) const {
    std::string text;
    char bytes[4096];
    while (text.find(last) == std::string::npos) {
      const ssize_t size = read(pipe_[0], bytes, sizeof bytes);
      if (size <= 0) break;
      text.append(bytes, size);
    }
    return text;
  }

  int pipe_[2] = {-1, -1};
};

TEST_F(WriterTest, LinesComeInOrder) {
  Writer& writer = ToPipe();
  for (int i = 1; i <= 100; ++i) writer.Put(std::to_string(i));
  writer.Flush();
  const std::string text = ReadTo("\n100\n");
  EXPECT_EQ(text.rfind("1\n2\n3\n", 0), 0u) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_EQ(writer.dropped(), 0);
}

TEST_F(WriterTest, WhoReadsNothingHoldsUpNobodyAndTheGapIsTold) {
  fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  while (write(pipe_[1], "x", 1) == 1) {
  }
  fcntl(pipe_[1], F_SETFL, 0);
  Writer& writer = ToPipe(10'000);
  constexpr int kLines = 20'000;
  for (int i = 0; i < kLines; ++i) writer.Put("a line of the log");
  writer.Flush();
  const std::int64_t dropped = writer.dropped();
  EXPECT_GT(dropped, 0);
  const std::string text = ReadTo(" dropped\n");
  EXPECT_NE(text.find("\n" + std::to_string(dropped) + " dropped\n"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n') - 1 + dropped, kLines);
  writer.Put("flows again");
  EXPECT_EQ(ReadTo("\n"), "flows again\n");
}

TEST_F(WriterTest, WhatCannotBeWrittenIsCounted) {
  Writer& closed = ToPipe();
  close(pipe_[0]);
  Writer& full = Make(open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (Writer* writer : {&closed, &full}) {
    for (int i = 0; i < 3; ++i) writer->Put("a line");
    writer->Flush();
    EXPECT_EQ(writer->dropped(), 3);
  }
}

TEST_F(WriterTest, ANonBlockingDescriptorLosesNothing) {
  fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  Writer& writer = ToPipe();
  for (int i = 0; i < 10'000; ++i) writer.Put("a line of the log");
  writer.Put("the last");
  const std::string text = ReadTo("the last\n");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10'001);
  EXPECT_EQ(writer.dropped(), 0);
}

void LogALot() {
  WriteInBackground();
  for (int i = 0; i < 1000; ++i) Warn("a line");
  Warn("the last words");
}

TEST(ProcessLogDeathTest, NothingIsLostWhenTheProcessExitsOrDies) {
  EXPECT_EXIT((LogALot(), std::exit(3)), ::testing::ExitedWithCode(3), "the last words");
  EXPECT_EXIT((LogALot(), std::abort()), ::testing::KilledBySignal(SIGABRT), "the last words");
  EXPECT_EXIT((LogALot(), raise(SIGSEGV)), ::testing::KilledBySignal(SIGSEGV), "the last words");
}

}  // namespace
}  // namespace waybill::log
