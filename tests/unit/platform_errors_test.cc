// An error's trailers fit into what every client takes.
#include "platform/grpc/errors.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "platform/types/error.h"
#include "platform/types/utf8.h"
#include "tests/support/grpc_client.h"
#include "tests/support/raw_call.h"

namespace waybill::grpc {
namespace {

constexpr std::size_t kMaxTrailerBytes = 4096;

::grpc::Status InvalidTimes(int count, const std::string& description) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < count; ++i) {
    violations.push_back({"items[" + std::to_string(i) + "].quantity", description});
  }
  return ToGrpc(InvalidFields(violations));
}

TEST(ErrorsTest, TheFirstViolationsAreListedAndTheOthersCounted) {
  const ::grpc::Status status = InvalidTimes(100, "is 0, outside 1 to 1000");
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_LT(test::TrailerSizeOf(status), kMaxTrailerBytes);
  EXPECT_EQ(test::DetailsOf(status).violations.size(), 10u);
  EXPECT_TRUE(
      status.error_message().ends_with("; items[9].quantity: is 0, outside 1 to 1000; and 90 more"))
      << status.error_message();
  EXPECT_EQ(InvalidTimes(10, "is 0").error_message().find("more"), std::string::npos);
}

TEST(ErrorsTest, WhateverItSaysAnErrorStaysBelowFourKilobytes) {
  for (const char* piece : {"x", "\xd1\x89", "%", "\xff", "\n"}) {
    std::string text;
    while (text.size() < 20'000) text += piece;
    absl::Status longest = MakeError(absl::StatusCode::kUnavailable, std::string(60, 'R'), text,
                                     {{text, text}, {"field", "d"}});
    SetRetryAfter(longest, absl::Milliseconds(86'399'999));
    for (const ::grpc::Status& status : {ToGrpc(longest), InvalidTimes(3, text)}) {
      EXPECT_LT(test::TrailerSizeOf(status), kMaxTrailerBytes) << absl::CEscape(piece);
      EXPECT_TRUE(status.error_message().ends_with("..."));
      EXPECT_FALSE(test::DetailsOf(status).reason.empty());
      EXPECT_TRUE(IsUtf8(status.error_message())) << "a client could not read the details";
    }
  }
}

TEST(ErrorsTest, AMessageThatFitsIsNotCut) {
  const std::string text(1000, 'x');
  EXPECT_EQ(ToGrpc(MakeError(absl::StatusCode::kNotFound, "R", text)).error_message(), text);
}

}  // namespace
}  // namespace waybill::grpc
