#include <gtest/gtest.h>

#include <array>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "platform/types/enum_names.h"
#include "platform/types/error.h"
#include "platform/types/ids.h"
#include "platform/types/money.h"
#include "platform/types/names.h"
#include "platform/types/provider_amount.h"

namespace waybill {
namespace {

enum class Size { kSmall, kLarge, kNameless };
constexpr auto EnumNames(Size) {
  return std::to_array<EnumName<Size>>({{Size::kSmall, "SMALL"}, {Size::kLarge, "LARGE"}});
}

// What is wrong with the text; "" when nothing is.
template <typename Text>
std::string Wrong(std::string_view text) {
  const absl::StatusOr<Text> parsed = Text::Parse(text);
  if (parsed.ok()) {
    EXPECT_EQ(parsed->value(), text);
    return "";
  }
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << parsed.status();
  return std::string(parsed.status().message());
}

TEST(UuidTest, NewOnesAreUniqueSortByTimeAndCarryVersionAndVariant) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(Uuid::NewV7());
  EXPECT_EQ(seen.size(), 1000u);
  const std::string text = seen.begin()->ToString();
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
  const absl::Time now = absl::Now();
  EXPECT_LT(Uuid::LowestV7(now - absl::Seconds(60)), *seen.begin());
  EXPECT_GT(Uuid::LowestV7(now + absl::Seconds(60)), *seen.rbegin());
}

TEST(UuidTest, TextGoesThereAndBack) {
  const std::string text = "0190a6d0-7d2a-7abc-8def-0123456789ab";
  EXPECT_EQ(Uuid::Parse(text)->ToString(), text);
  EXPECT_EQ(Uuid::Parse("0190A6D0-7D2A-7ABC-8DEF-0123456789AB")->ToString(), text);
}

TEST(UuidTest, AnythingElseIsRefused) {
  for (const char* text :
       {"", "x", "0190a6d07d2a7abc8def0123456789ab", "0190a6d0-7d2a-7abc-8def-0123456789a",
        "0190a6d0-7d2a-7abc-8def-0123456789abc", "0190a6d0-7d2a-7abc-8def-0123456789ag",
        "0190a6d0-7d2a-7abc-8def+0123456789ab", "{0190a6d0-7d2a-7abc-8def-0123456789ab}"}) {
    EXPECT_FALSE(Uuid::Parse(text).ok()) << text;
  }
}

TEST(UuidTest, ANameGivesTheSameUuidForEver) {
  EXPECT_EQ(Uuid::FromName("orders.events/3/17").ToString(),
            Uuid::FromName("orders.events/3/17").ToString());
  EXPECT_NE(Uuid::FromName("orders.events/3/17"), Uuid::FromName("orders.events/3/18"));
}

TEST(SkuTest, HasOneToSixtyFourLettersDigitsAndThreeSigns) {
  for (const std::string& good :
       {std::string("tea"), std::string("A-b.c_9"), std::string(64, 'a')}) {
    EXPECT_EQ(Wrong<Sku>(good), "") << good;
  }
  EXPECT_EQ(Wrong<Sku>(""), "is required");
  EXPECT_EQ(Wrong<Sku>(std::string(65, 'a')), "is longer than 64 characters");
  for (const std::string& bad :
       {std::string("a b"), std::string("a@b"), std::string("a/b"), std::string("a'b"),
        std::string("t\xc3\xa9"), std::string("a\0b", 3), std::string("a\r\nb"),
        std::string("a\nb"), std::string("a\rb"), std::string("\r\n")}) {
    EXPECT_EQ(Wrong<Sku>(bad), "has a character other than letters, digits, '.', '_' and '-'")
        << absl::CEscape(bad);
  }
}

TEST(UserIdTest, MayBeAMailAddressOrWhatAnIssuerOfTokensMakes) {
  for (const std::string& good :
       {std::string("ann"), std::string("ann+tea@example.com"), std::string("auth0|5f7c8ec7"),
        std::string("eu-1:0b6b2f7c"), std::string(64, 'a')}) {
    EXPECT_EQ(Wrong<UserId>(good), "") << good;
  }
  EXPECT_EQ(Wrong<UserId>(""), "is required");
  EXPECT_EQ(Wrong<UserId>(std::string(65, 'a')), "is longer than 64 characters");
  for (const std::string& bad : {std::string("a b"), std::string("a/b"), std::string("a\nb")}) {
    EXPECT_EQ(Wrong<UserId>(bad),
              "has a character other than letters, digits, '.', '_', '@', '|', ':', '+' and '-'")
        << absl::CEscape(bad);
  }
}

TEST(EmailAddressTest, EverydayAddressesPass) {
  for (const char* good :
       {"a@b", "first.last@example.com", "a+b@sub.example.com", "o'neil@x-y.org", "1@2.3",
        "a@b.example", "first.last+tag@sub.domain.example", "x_y@localhost"}) {
    EXPECT_EQ(Wrong<EmailAddress>(good), "") << good;
  }
  EXPECT_EQ(DomainOf(*EmailAddress::Parse("a@sub.example.com")), "sub.example.com");
}

TEST(EmailAddressTest, AnInternationalizedDomainBecomesItsALabels) {
  const std::pair<const char*, const char*> addresses[] = {
      {"ann@m\xc3\xbcnchen.de", "ann@xn--mnchen-3ya.de"},
      {"ann@M\xc3\x9cNCHEN.de", "ann@xn--mnchen-3ya.de"},
      {"ann@mu\xcc\x88nchen.de", "ann@xn--mnchen-3ya.de"},
      {"ann@stra\xc3\x9f"
       "e.example",
       "ann@xn--strae-oqa.example"},
      {"ann@shop.\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80", "ann@shop.xn--e1afmkfd"},
      {"ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"},
      {"Ann@Example.COM", "Ann@Example.COM"}};
  for (const auto& [given, kept] : addresses) {
    const absl::StatusOr<EmailAddress> address = EmailAddress::Parse(given);
    ASSERT_TRUE(address.ok()) << given << ": " << address.status();
    EXPECT_EQ(address->value(), kept);
    EXPECT_EQ(EmailAddress::Parse(kept)->value(), kept);
  }
  for (const std::string& bad :
       {std::string("ann@m\xfcnchen.de"), std::string("ann@m\xc3\xbc\0.de", 10),
        std::string("ann@\xe2\x80\xaem\xc3\xbc.de"), std::string("ann@m\xc3\xbc..de"),
        std::string("ann@m\xc3\xbc.de\xef\xbc\xa0x.example"), std::string("ann@-m\xc3\xbc.de"),
        std::string("ann@m\xc3\xbc_.de"), std::string("ann@m\xc3\xbc.de\xef\xbc\x9e"),
        std::string("\xc3\xa4nn@m\xc3\xbcnchen.de")}) {
    EXPECT_NE(Wrong<EmailAddress>(bad), "") << absl::CEscape(bad);
  }
  std::string long_domain;
  for (int i = 0; i < 60; ++i) long_domain += "\xc3\xbc.";
  EXPECT_NE(Wrong<EmailAddress>("a@" + long_domain + "de"), "") << "too long as A-labels";
}

// The limit of 63 characters is the A-label's, not that of what was given.
TEST(EmailAddressTest, ANonAsciiLocalPartIsRefusedForThatReason) {
  for (const std::string bad : {"jörg@example.com", "почта@пример.рф", "a.é.b@xn--mnchen-3ya.de"}) {
    EXPECT_NE(Wrong<EmailAddress>(bad).find("non-ASCII characters"), std::string::npos) << bad;
  }
  EXPECT_EQ(Wrong<EmailAddress>("jörg").find("ASCII"), std::string::npos) << "it has no @";
}

TEST(EmailAddressTest, AnInternationalizedLabelIsMeasuredAsItsALabel) {
  std::size_t longest = 0;
  for (std::size_t count = 1; count <= 63; ++count) {
    const std::string given = "ann@" + std::string(count, 'm') + "\xc3\xbc.de";
    const absl::StatusOr<EmailAddress> address = EmailAddress::Parse(given);
    if (!address.ok()) continue;
    EXPECT_EQ(count, longest + 1) << "a shorter label was refused";
    longest = count;
    EXPECT_LE(DomainOf(*address).size(), 63u + 3u);
    EXPECT_EQ(EmailAddress::Parse(address->value())->value(), address->value());
  }
  EXPECT_EQ(
      DomainOf(*EmailAddress::Parse("ann@" + std::string(longest, 'm') + "\xc3\xbc.de")).size(),
      63u + 3u);
}

TEST(EmailAddressTest, ADomainOfMixedScriptsAndCasesHasOneFormAndAnInvalidOneIsRefused) {
  const std::pair<const char*, const char*> addresses[] = {
      {"ann@Shop.M\xc3\xbcNCHEN.De", "ann@shop.xn--mnchen-3ya.de"},
      {"ann@XN--MNCHEN-3YA.de", "ann@XN--MNCHEN-3YA.de"},
      {"ann@XN--MNCHEN-3YA.b\xc3\xbc"
       "cher.example",
       "ann@xn--mnchen-3ya.xn--bcher-kva.example"},
      // An ideographic full stop, and fullwidth letters.
      {"ann@m\xc3\xbcnchen\xe3\x80\x82"
       "de",
       "ann@xn--mnchen-3ya.de"},
      {"ann@\xef\xbd\x8d\xc3\xbc.de", "ann@xn--m-eha.de"}};
  for (const auto& [given, kept] : addresses) {
    const absl::StatusOr<EmailAddress> address = EmailAddress::Parse(given);
    ASSERT_TRUE(address.ok()) << given << ": " << address.status();
    EXPECT_EQ(address->value(), kept);
  }
  for (
      const char* bad :
      {// A symbol, hyphens in the third and fourth place, a leading combining mark, a joiner without
       // its context, an A-label that isn't one, and hyphens and dots out of place.
       "ann@\xe2\x98\x95.example", "ann@ab--\xc3\xbc.de", "ann@\xcc\x88mu.de",
       "ann@m\xc3\xbc\xe2\x80\x8d.de", "ann@xn--mnchen-.m\xc3\xbc.de", "ann@m\xc3\xbc-.de",
       "ann@m\xc3\xbc.de.", "ann@.m\xc3\xbc.de"}) {
    EXPECT_NE(Wrong<EmailAddress>(bad), "") << absl::CEscape(bad);
  }
}

TEST(EmailAddressTest, NothingThatCouldEndAHeaderOrACommandPasses) {
  const std::string long_local = std::string(65, 'a') + "@example.com";
  const std::string long_label = "a@" + std::string(64, 'b') + ".com";
  std::string too_long = "a@" + std::string(60, 'b');
  while (too_long.size() <= 254) too_long += "." + std::string(60, 'c');
  for (const std::string& bad : {std::string(),
                                 std::string("a"),
                                 std::string("@b"),
                                 std::string("a@"),
                                 std::string("a@b@c"),
                                 std::string("a@b\r\nBcc: c@d"),
                                 std::string("a@b.example\r\nBcc: x@y.example"),
                                 std::string("a\n@b"),
                                 std::string("a\n@b.example"),
                                 std::string("a@b\n"),
                                 std::string("a b@c"),
                                 std::string("a b@c.example"),
                                 std::string("<a@b>"),
                                 std::string("<a@b.example>"),
                                 std::string("a@b> SIZE=1"),
                                 std::string("a@b,c@d"),
                                 std::string("a..b@c"),
                                 std::string(".a@b"),
                                 std::string(".a@b.example"),
                                 std::string("a.@b"),
                                 std::string("a.@b.example"),
                                 std::string("a@b..c"),
                                 std::string("a@b..example"),
                                 std::string("a@-b"),
                                 std::string("a@-b.example"),
                                 std::string("a@b-"),
                                 std::string("a@b_c.example"),
                                 std::string("\"a b\"@c"),
                                 std::string("a@[127.0.0.1]"),
                                 std::string("m\xc3\xbc@b"),
                                 std::string("a\0@b", 4),
                                 std::string("a@b\0", 4),
                                 long_local,
                                 long_label,
                                 too_long}) {
    const std::string wrong = Wrong<EmailAddress>(bad);
    EXPECT_NE(wrong, "") << absl::CEscape(bad);
    if (absl::StrContains(bad, "@")) {
      EXPECT_FALSE(absl::StrContains(wrong, bad)) << "an address in a message";
    }
  }
}

TEST(EmailAddressTest, AnErrorSaysWhatIsWrong) {
  EXPECT_EQ(Wrong<EmailAddress>(""), "is required: a mail address");
  EXPECT_EQ(Wrong<EmailAddress>(std::string(255, 'a')), "is longer than 254 characters");
  EXPECT_EQ(Wrong<EmailAddress>("a"), "is not a mail address of the form local-part@domain");
}

TEST(CurrencyTest, IsThreeUpperCaseLetters) {
  EXPECT_EQ(Wrong<Currency>("USD"), "");
  EXPECT_EQ(Currency("USD"), *Currency::Parse("USD"));
  for (const char* bad :
       {"", "US", "USDX", "usd", "U$D", "US\n", "a\r\nb", "a\nb", "a\rb", "\r\n"}) {
    EXPECT_EQ(Wrong<Currency>(bad), "is not a currency code of three upper-case letters (ISO 4217)")
        << absl::CEscape(bad);
  }
}

TEST(EnumNamesTest, AValueHasOneNameAndTheNameThatValue) {
  static_assert(NameOf(Size::kSmall) == "SMALL");
  for (const EnumName<Size>& entry : EnumNames(Size{})) {
    EXPECT_EQ(NameOf(entry.value), entry.name);
    EXPECT_EQ(*Parse<Size>(entry.name), entry.value);
  }
}

TEST(EnumNamesTest, AnotherNameIsRefusedWithThoseThereAre) {
  for (const char* text : {"", "small", "SMALL ", "MEDIUM"}) {
    const absl::Status status = Parse<Size>(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(status.message(), absl::StrCat("\"", text, "\" is none of SMALL, LARGE"));
  }
}

TEST(EnumNamesDeathTest, AValueWithoutANameEndsTheProcess) {
  EXPECT_DEATH(NameOf(Size::kNameless), "");
}

TEST(MoneyTest, NeverOverflowsAndNeverMixesCurrencies) {
  EXPECT_EQ(Multiply({1999, "USD"}, 3)->minor_units, 5997);
  EXPECT_TRUE(absl::IsOutOfRange(Multiply({kMaxMinorUnits, "USD"}, 2).status()));
  EXPECT_TRUE(absl::IsOutOfRange(Multiply({INT64_MAX / 2, "USD"}, 1000).status()));
  EXPECT_EQ(Add({1, "USD"}, {2, "USD"})->minor_units, 3);
  EXPECT_TRUE(absl::IsInvalidArgument(Add({1, "USD"}, {2, "EUR"}).status()));
  EXPECT_TRUE(absl::IsOutOfRange(Add({kMaxMinorUnits, "USD"}, {1, "USD"}).status()));
}

TEST(MoneyTest, PeopleReadTheCurrencysOwnDigits) {
  EXPECT_EQ(ForPeople({1999, "USD"}), "19.99 USD");
  EXPECT_EQ(ForPeople({5, "EUR"}), "0.05 EUR");
  EXPECT_EQ(ForPeople({500, "JPY"}), "500 JPY");
  EXPECT_EQ(ForPeople({1500, "KWD"}), "1.500 KWD");
  EXPECT_EQ(ForPeople({38'000, "UGX"}), "38000 UGX");
  EXPECT_EQ(ForPeople({123, "CLF"}), "0.0123 CLF");
  EXPECT_EQ(ForPeople({40'512, "UYW"}), "4.0512 UYW");
}

TEST(CurrencyTest, OnlyCodesOfTheStandardThatHaveAMinorUnitAreCurrencies) {
  for (const char* code : {"USD", "EUR", "UGX", "MGA", "CLF", "XOF", "XCG", "ZWG"}) {
    EXPECT_TRUE(Currency::Parse(code).ok()) << code;
  }
  for (const char* code :
       {"ZZZ", "XXX", "XTS", "XAU", "XDR", "HRK", "usd", "US", "USDX", "", "L A", " US", "D A"}) {
    const absl::Status status = Currency::Parse(code).status();
    EXPECT_EQ(status.message(), "is not a currency code of three upper-case letters (ISO 4217)")
        << code;
  }
}

TEST(CurrencyTest, TheMinorUnitHasTheStandardsDigits) {
  for (const char* code : {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF",
                           "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}) {
    EXPECT_EQ(MinorUnitDigits(Currency(std::string(code))), 0) << code;
  }
  for (const char* code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
    EXPECT_EQ(MinorUnitDigits(Currency(std::string(code))), 3) << code;
  }
  EXPECT_EQ(MinorUnitDigits("CLF"), 4);
  EXPECT_EQ(MinorUnitDigits("UYW"), 4);
  for (const char* code : {"USD", "MGA", "MRU", "HUF", "TWD", "LAK", "IDR"}) {
    EXPECT_EQ(MinorUnitDigits(Currency(std::string(code))), 2) << code;
  }
}

TEST(ProviderAmountTest, TheProvidersUnitsAreNotAlwaysTheStandards) {
  struct Case {
    Money money;
    std::int64_t amount;
  };
  for (const auto& [money, amount] :
       {Case{{1999, "USD"}, 1999}, Case{{500, "JPY"}, 500}, Case{{38'000, "UGX"}, 3'800'000},
        Case{{1999, "ISK"}, 199'900}, Case{{5000, "MGA"}, 50}, Case{{1230, "KWD"}, 1230},
        Case{{1045, "HUF"}, 1045}, Case{{80'045, "TWD"}, 80'045}}) {
    EXPECT_EQ(*ToProviderAmount(money), amount) << ForPeople(money);
    EXPECT_EQ(*FromProviderAmount(amount, money.currency), money) << ForPeople(money);
  }
  EXPECT_FALSE(FromProviderAmount(50, "UGX").ok());
  EXPECT_FALSE(FromProviderAmount(50, "CLF").ok());
}

TEST(ProviderAmountTest, WhatCannotBeChargedIsRefused) {
  const auto refusal = [](const Money& money) {
    return std::string(ToProviderAmount(money).status().message());
  };
  EXPECT_EQ(refusal({1234, "KWD"}),
            "is 1.234 KWD, which is finer than the payment provider can charge");
  EXPECT_EQ(refusal({5050, "MGA"}),
            "is 50.50 MGA, which is finer than the payment provider can charge");
  EXPECT_EQ(refusal({1, "CLF"}), "is in CLF, which the payment provider doesn't accept");
  EXPECT_EQ(refusal({1000, "IQD"}), "is in IQD, which the payment provider doesn't accept");
  EXPECT_EQ(refusal({99'999'999, "USD"}), "");
  EXPECT_EQ(refusal({100'000'000, "USD"}),
            "is outside 1 to 99999999 USD, the amounts that the payment provider can charge (in "
            "its units)");
  EXPECT_NE(refusal({1'000'000, "UGX"}), "");
  EXPECT_EQ(refusal({kMaxMinorUnits, "IDR"}), "");
  EXPECT_NE(refusal({0, "USD"}), "");
  EXPECT_NE(refusal({-1, "USD"}), "");
  EXPECT_NE(refusal({INT64_MAX, "UGX"}), "");
}

TEST(ErrorTest, CarriesReasonViolationsAndRetry) {
  absl::Status status =
      InvalidFields({{"items[0].quantity", "is 0, outside 1 to 1000"}, {"email", "is required"}});
  SetRetryAfter(status, absl::Milliseconds(250));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELDS");
  EXPECT_EQ(ViolationsOf(status),
            (std::vector<FieldViolation>{{"items[0].quantity", "is 0, outside 1 to 1000"},
                                         {"email", "is required"}}));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(250));
  EXPECT_EQ(status.message(), "items[0].quantity: is 0, outside 1 to 1000; email: is required");
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), "");
  EXPECT_EQ(RetryAfterOf(absl::InternalError("x")), std::nullopt);
}

}  // namespace
}  // namespace waybill
