#include "tests/e2e/pairs.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/e2e/books.h"
#include "tests/e2e/mail_box.h"
#include "tests/e2e/verify.h"
#include "tests/support/wait.h"

namespace waybill::e2e {
namespace {

constexpr absl::Duration kLongPatience = absl::Seconds(240);

}  // namespace

std::vector<std::string> OneOfEach(int number) {
  std::vector<std::string> names;
  for (const char* program : {kRelay, kNotificationSvc, kInventorySvc, kPaymentSvc, kOrderSvc}) {
    names.push_back(absl::StrCat(program, "-", number));
  }
  return names;
}

void WaitForOrders(const Load& load, int more) {
  const int wanted = load.placed() + more;
  test::WaitUntil([&] { return load.placed() >= wanted; }, "more orders", kLongPatience);
}

void ExpectFulfilment(System& system) {
  const std::string id = Shop(system).Place({.items = {{"tea", 1}}}, kLongPatience).order_id();
  test::WaitUntil(
      [&] {
        return system.Db("notifications")
                   .QueryInt("SELECT count(*) FROM mails WHERE state = 'SENT' AND order_id = '" +
                             id + "'") == 1;
      },
      "the mail of an order that was placed now", kLongPatience);
}

void ExpectAllIsWell(System& system, const std::vector<std::string>& placed) {
  EXPECT_EQ(std::set<std::string>(placed.begin(), placed.end()).size(), placed.size());
  ASSERT_TRUE(BooksAgree(system, kLongPatience));
  const json report = Verify(system, 0, {"--drain"});
  EXPECT_EQ(report.at("violations").size(), 0u) << report.dump(1);
  EXPECT_EQ(report.at("awaiting"), 0) << report.dump(1);
  std::set<std::string> mails;
  for (const Mail& mail : AllMails(system)) mails.insert(mail.headers.at("message-id"));
  EXPECT_EQ(static_cast<std::int64_t>(mails.size()),
            system.Db("notifications").QueryInt("SELECT count(*) FROM mails"));
}

}  // namespace waybill::e2e
