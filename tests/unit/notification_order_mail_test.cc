#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "notification_svc/domain/order_mail.h"

namespace waybill::notification_svc {
namespace {

const char kOrder[] = "0190f3a4-1111-7000-8000-000000000002";

OrderSummary Summary(const std::string& product = "Cup") {
  return {.order = *OrderId::Parse(kOrder),
          .lines = {{product, 2, {999, "USD"}, {1998, "USD"}},
                    {"Pot", 1, {2500, "USD"}, {2500, "USD"}}},
          .total = {4498, "USD"}};
}

TEST(OrderMailTest, AConfirmationTellsWhatWasBoughtForHowMuch) {
  const MailContent mail = ConfirmationMail(Summary());

  EXPECT_EQ(mail.subject, "Your order is confirmed: Cup and 1 more");
  for (const std::string& part :
       {std::string(kOrder), std::string("2 x Cup at 9.99 USD: 19.98 USD"),
        std::string("1 x Pot at 25.00 USD: 25.00 USD"), std::string("Total: 44.98 USD")}) {
    EXPECT_TRUE(absl::StrContains(mail.text, part)) << part << "\nin\n" << mail.text;
  }
  for (const std::string& part :
       {std::string(kOrder),
        std::string("<td>2</td><td>Cup</td><td>9.99 USD</td><td>19.98 USD</td>"),
        std::string("44.98 USD")}) {
    EXPECT_TRUE(absl::StrContains(mail.html, part)) << part << "\nin\n" << mail.html;
  }
}

TEST(OrderMailTest, ACancellationSaysWhyInWords) {
  EXPECT_TRUE(absl::StrContains(CancellationMail(Summary(), "OUT_OF_STOCK").text, "in stock"));
  EXPECT_TRUE(absl::StrContains(CancellationMail(Summary(), "PAYMENT_DECLINED").text, "declined"));
  EXPECT_TRUE(absl::StrContains(CancellationMail(Summary(), "CUSTOMER").html, "You asked us"));
  EXPECT_TRUE(absl::StrContains(CancellationMail(Summary(), "TIMED_OUT").text, "in time"));
  EXPECT_TRUE(absl::StrContains(CancellationMail(Summary(), "PAYMENT_FAILED").text,
                                "could not be collected"));
  const MailContent unknown = CancellationMail(Summary(), "<SOMETHING_NEW>");
  EXPECT_TRUE(absl::StrContains(unknown.text, "could not be completed"));
  EXPECT_FALSE(absl::StrContains(unknown.text + unknown.html, "SOMETHING_NEW"));
}

TEST(OrderMailTest, ARefundSaysHowMuchWasGivenBackNowAndInAll) {
  const MailContent mail = RefundMail(Summary(), {999, "USD"}, {1500, "USD"});
  EXPECT_EQ(mail.subject, "Your refund of 9.99 USD: Cup and 1 more");
  EXPECT_TRUE(absl::StrContains(mail.text, "refunded 9.99 USD of this order")) << mail.text;
  EXPECT_TRUE(absl::StrContains(mail.text, "15.00 USD of the order's 44.98 USD")) << mail.text;
  EXPECT_TRUE(absl::StrContains(mail.html, "9.99 USD")) << mail.html;
}

TEST(OrderMailTest, AProductNameCanNeitherEndALineNorOpenATag) {
  for (const MailContent& mail :
       {ConfirmationMail(Summary("x\r\nBcc: a@b <script>&\"'")),
        CancellationMail(Summary("x\r\nBcc: a@b <script>&\"'"), "CUSTOMER")}) {
    EXPECT_EQ(mail.subject.find_first_of("\r\n"), std::string::npos);
    EXPECT_EQ(mail.text.find('\r'), std::string::npos);
    EXPECT_FALSE(absl::StrContains(mail.text, "\nBcc"));
    EXPECT_FALSE(absl::StrContains(mail.html, "<script"));
    EXPECT_TRUE(absl::StrContains(mail.html, "&lt;script&gt;&amp;&quot;&#39;"));
  }
}

TEST(OrderMailTest, TheSameOrderGivesTheSameMail) {
  EXPECT_EQ(ConfirmationMail(Summary()), ConfirmationMail(Summary()));
}

}  // namespace
}  // namespace waybill::notification_svc
