#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "notification_svc/domain/mail_address.h"
#include "notification_svc/domain/message_headers.h"

namespace waybill::notification_svc {
namespace {

MailAddress Address(const std::string& text) { return MailAddress::Parse(text).value(); }

MessageHeaders Headers(const std::string& subject) {
  return {.from = Address("orders@waybill.example"),
          .to = Address("buyer@example.com"),
          .subject = subject,
          .date = absl::FromUnixSeconds(1'700'000'000),
          .mail_id = *EventId::Parse("0190f3a4-1111-7000-8000-000000000001"),
          .order = *OrderId::Parse("0190f3a4-1111-7000-8000-000000000002"),
          .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
}

TEST(MailAddressTest, EverydayAddressesPass) {
  for (const char* good :
       {"a@b", "first.last@example.com", "a+b@sub.example.com", "o'neil@x-y.org", "1@2.3"}) {
    EXPECT_TRUE(MailAddress::Parse(good).ok()) << good;
  }
  EXPECT_EQ(Address("a@sub.example.com").domain(), "sub.example.com");
}

TEST(MailAddressTest, NothingThatCouldEndAHeaderOrACommandPasses) {
  const std::string long_local = std::string(65, 'a') + "@example.com";
  const std::string long_label = "a@" + std::string(64, 'b') + ".com";
  std::string too_long = "a@" + std::string(60, 'b');
  while (too_long.size() <= 254) too_long += "." + std::string(60, 'c');
  for (const std::string& bad : {std::string(),
                                 std::string("a"),
                                 std::string("@b"),
                                 std::string("a@"),
                                 std::string("a@b\r\nBcc: c@d"),
                                 std::string("a\n@b"),
                                 std::string("a@b\n"),
                                 std::string("a b@c"),
                                 std::string("<a@b>"),
                                 std::string("a@b> SIZE=1"),
                                 std::string("a@b,c@d"),
                                 std::string("a..b@c"),
                                 std::string(".a@b"),
                                 std::string("a.@b"),
                                 std::string("a@b..c"),
                                 std::string("a@-b"),
                                 std::string("a@b-"),
                                 std::string("\"a b\"@c"),
                                 std::string("a@[127.0.0.1]"),
                                 std::string("m\xc3\xbc@b"),
                                 std::string("a\0@b", 4),
                                 std::string("a@b\0", 4),
                                 long_local,
                                 long_label,
                                 too_long}) {
    const auto parsed = MailAddress::Parse(bad);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << absl::CEscape(bad);
    if (absl::StrContains(bad, "@")) {
      EXPECT_FALSE(absl::StrContains(parsed.status().message(), bad))
          << "the message contains an address";
    }
  }
}

TEST(MessageHeadersTest, TheHeadersAreAllThereAndTheSameEveryTime) {
  const std::vector<std::string> lines =
      HeaderLines(Headers("Your order is confirmed: Cup")).value();

  EXPECT_EQ(lines,
            (std::vector<std::string>{
                "Date: Tue, 14 Nov 2023 22:13:20 +0000",
                "From: orders@waybill.example",
                "To: buyer@example.com",
                "Subject: Your order is confirmed: Cup",
                "Message-ID: <0190f3a4-1111-7000-8000-000000000001@waybill.example>",
                "X-Waybill-Order-Id: 0190f3a4-1111-7000-8000-000000000002",
                "X-Waybill-Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            }));
  EXPECT_EQ(HeaderLines(Headers("Your order is confirmed: Cup")).value(), lines);
}

TEST(MessageHeadersTest, AControlCharacterInAValueIsRefused) {
  for (const std::string& bad :
       {std::string("a\r\nBcc: x@y"), std::string("a\nb"), std::string("a\rb"),
        std::string("a\0b", 3), std::string("a\x7f"), std::string("a\tb")}) {
    EXPECT_EQ(HeaderLines(Headers(bad)).status().code(), absl::StatusCode::kInvalidArgument)
        << absl::CEscape(bad);
  }
  MessageHeaders headers = Headers("fine");
  headers.traceparent = "00-1\r\nBcc: x@y";
  EXPECT_EQ(HeaderLines(headers).status().code(), absl::StatusCode::kInvalidArgument);
}

// Decodes encoded words as a mail reader does (RFC 2047 section 6.2: the space between two words is
// dropped).
std::string Decode(const std::string& encoded) {
  std::string decoded;
  for (absl::string_view word : absl::StrSplit(encoded, "\r\n ")) {
    EXPECT_LE(word.size(), 75u);
    EXPECT_TRUE(absl::StartsWith(word, "=?UTF-8?B?") && absl::EndsWith(word, "?=")) << word;
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(word.substr(10, word.size() - 12), &bytes));
    EXPECT_TRUE(bytes.empty() || (static_cast<unsigned char>(bytes[0]) & 0xc0) != 0x80)
        << "an encoded word has split a character";
    decoded += bytes;
  }
  return decoded;
}

TEST(EncodeHeaderTextTest, OtherThanShortAsciiIsEncodedAndReadsTheSame) {
  std::string mixed;
  for (int i = 0; i < 40; ++i)
    mixed += i % 3 == 0 ? "a" : i % 3 == 1 ? "\xc3\xbc" : "\xe6\xbc\xa2\xf0\x9f\x8d\x95";
  for (const std::string& text : {std::string("T\xc3\xbcr"), std::string(300, 'x'), mixed,
                                  std::string("=?UTF-8?B?QmNjOiB4?=")}) {
    EXPECT_EQ(Decode(EncodeHeaderText(text).value()), text);
  }
  EXPECT_EQ(EncodeHeaderText("plain text, 1 line").value(), "plain text, 1 line");
}

RC_GTEST_PROP(EncodeHeaderTextTest, WhateverTheTextTheHeaderStaysOneHeader,
              (const std::string& text)) {
  const auto encoded = EncodeHeaderText(text);
  const bool has_control =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  RC_ASSERT(encoded.ok() == !has_control);
  if (!encoded.ok()) return;
  for (std::size_t i = 0; i < encoded->size(); ++i) {
    const unsigned char c = (*encoded)[i];
    RC_ASSERT(c < 0x7f);
    if (c == '\r') RC_ASSERT(encoded->substr(i, 3) == "\r\n ");
    if (c == '\n') RC_ASSERT(i > 0 && (*encoded)[i - 1] == '\r');
  }
}

}  // namespace
}  // namespace waybill::notification_svc
