#include "platform/grpc/field_checks.h"

#include <gtest/gtest.h>

#include <functional>

#include "platform/types/money.h"

namespace waybill::grpc {
namespace {

bool Accepts(const std::function<void(FieldChecks&)>& check) {
  FieldChecks checks;
  check(checks);
  return checks.Finish().ok();
}

TEST(FieldChecksTest, MailAddresses) {
  for (const char* good : {"a@b.example", "first.last+tag@sub.domain.example", "x_y@localhost"}) {
    EXPECT_TRUE(Accepts([&](FieldChecks& c) { c.As<EmailAddress>("email", good); })) << good;
  }
  for (const char* bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c.example", "a@b..example", ".a@b.example",
        "a.@b.example", "a@-b.example", "a@b.example\r\nBcc: x@y.example", "a\n@b.example",
        "<a@b.example>", "a@b_c.example"}) {
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.As<EmailAddress>("email", bad); })) << bad;
  }
}

TEST(FieldChecksTest, ATextIsMeasuredInCharacters) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "\xd1\x89";
  EXPECT_TRUE(Accepts([&](FieldChecks& c) { c.AsText("name", text, 200); }));
  EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.AsText("name", text + "x", 200); }));
}

TEST(FieldChecksTest, ControlCharactersPassInNoText) {
  for (const char* bad : {"a\x1b", "a\x7f",
                          "a\xc2\x9b"
                          "31m",
                          "a\xc2\x85"}) {
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.AsText("name", bad, 100); }));
  }
  EXPECT_TRUE(Accepts([&](FieldChecks& c) { c.AsText("name", "a\xc2\xa0\xe2\x80\x8e", 100); }));
}

TEST(FieldChecksTest, LineBreaksPassNowhere) {
  for (const char* bad : {"a\r\nb", "a\nb", "a\rb", "\r\n"}) {
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.AsText("name", bad, 100); }));
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.AsName("name", bad, 100); }));
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.AsId<OrderId>("name", bad); }));
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.As<Currency>("name", bad); }));
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.As<Sku>("name", bad); }));
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.As<UserId>("name", bad); }));
    EXPECT_FALSE(Accepts([&](FieldChecks& c) { c.As<EmailAddress>("name", bad); }));
  }
}

TEST(FieldChecksTest, EveryViolationIsKept) {
  FieldChecks checks;
  checks.AsId<RequestId>("request_id", "");
  checks.AsId<OrderId>("other_id", "00000000-0000-0000-0000-000000000000");
  checks.AsInt("items[0].quantity", 0, 1, 1000);
  checks.AsName("items[0].product_id", std::string(65, 'a'), 64);
  EXPECT_EQ(ViolationsOf(checks.Finish()),
            (std::vector<FieldViolation>{{"request_id", "is required: a UUID"},
                                         {"other_id", "is the nil UUID"},
                                         {"items[0].quantity", "is 0, outside 1 to 1000"},
                                         {"items[0].product_id", "is longer than 64 characters"}}));
}

}  // namespace
}  // namespace waybill::grpc
