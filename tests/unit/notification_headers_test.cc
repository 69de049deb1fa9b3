#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "notification_svc/domain/message_headers.h"

namespace waybill::notification_svc {
namespace {

EmailAddress Address(const std::string& text) { return EmailAddress::Parse(text).value(); }

MessageHeaders Headers(const std::string& subject) {
  return {.from = Address("orders@waybill.example"),
          .to = Address("buyer@example.com"),
          .subject = subject,
          .date = absl::FromUnixSeconds(1'700'000'000),
          .mail_id = *EventId::Parse("0190f3a4-1111-7000-8000-000000000001"),
          .order = *OrderId::Parse("0190f3a4-1111-7000-8000-000000000002"),
          .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
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

// A table may have been changed by hand since the address came in.
TEST(MessageHeadersTest, ARecipientThatIsNoAddressIsRefused) {
  for (const char* bad :
       {"", "a@b\r\nBcc: c@d", "a\n@b", "a@b> SIZE=1", "<a@b>", "a@b,c@d", "a@b\xc3\xbc.example"}) {
    MessageHeaders headers = Headers("fine");
    headers.to = EmailAddress(std::string(bad));
    const absl::Status status = HeaderLines(headers).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << absl::CEscape(bad);
    EXPECT_FALSE(absl::StrContains(status.message(), "@b")) << "an address in a message";
  }
}

// RFC 5322 section 2.1.1: 998 characters at most, and 78 where that can be had. An address can't be
// folded.
TEST(MessageHeadersTest, NoHeaderHasALineThatIsTooLong) {
  std::string long_subject;
  for (int i = 0; i < 300; ++i) long_subject += "\xd1\x89";
  std::string longest = std::string(64, 'l') + "@";
  while (longest.size() < 250) longest += std::string(61, 'd') + ".";
  longest.resize(254, 'd');
  for (const bool has_long_addresses : {false, true}) {
    MessageHeaders headers = Headers(long_subject);
    if (has_long_addresses) headers.from = headers.to = Address(longest);
    const std::vector<std::string> fields = HeaderLines(headers).value();
    for (const std::string& field : fields) {
      for (const absl::string_view line : absl::StrSplit(field, "\r\n")) {
        EXPECT_LE(line.size(), has_long_addresses ? 998u : 78u) << line;
        EXPECT_FALSE(line.empty());
      }
    }
  }
}

constexpr absl::string_view kField = "Subject: ";

// Decodes encoded words as a mail reader does (RFC 2047 section 6.2: the space between two words is
// dropped), and checks that no line is too long.
std::string Decode(const std::string& field) {
  for (absl::string_view line : absl::StrSplit(field, "\r\n")) EXPECT_LE(line.size(), 76u) << line;
  EXPECT_TRUE(absl::StartsWith(field, kField));
  std::string decoded;
  for (absl::string_view word : absl::StrSplit(field.substr(kField.size()), "\r\n ")) {
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

TEST(UnstructuredFieldTest, OtherThanShortAsciiIsEncodedAndReadsTheSame) {
  std::string mixed;
  for (int i = 0; i < 40; ++i)
    mixed += i % 3 == 0 ? "a" : i % 3 == 1 ? "\xc3\xbc" : "\xe6\xbc\xa2\xf0\x9f\x8d\x95";
  for (const std::string& text : {std::string("T\xc3\xbcr"), std::string(300, 'x'), mixed,
                                  std::string("=?UTF-8?B?QmNjOiB4?=")}) {
    EXPECT_EQ(Decode(UnstructuredField("Subject", text).value()), text);
  }
  EXPECT_EQ(UnstructuredField("Subject", "plain text, 1 line").value(),
            "Subject: plain text, 1 line");
}

// RFC 2047 section 2 counts the whole line, so the field's name leaves less for the first word.
TEST(UnstructuredFieldTest, NoLineIsOverSeventySixCharactersTheFieldsNameIncluded) {
  for (const char* character : {"x", "\xd1\x89", "\xe6\xbc\xa2", "\xf0\x9f\x8d\x95"}) {
    std::string text;
    for (int length = 1; length <= 120; ++length) {
      text += character;
      if (const std::string field = UnstructuredField("Subject", text).value();
          absl::StrContains(field, "=?")) {
        EXPECT_EQ(Decode(field), text);
      } else {
        EXPECT_LE(field.size(), 76u);
      }
    }
  }
}

RC_GTEST_PROP(UnstructuredFieldTest, WhateverTheTextTheHeaderStaysOneHeader,
              (const std::string& text)) {
  const auto encoded = UnstructuredField("Subject", text);
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
