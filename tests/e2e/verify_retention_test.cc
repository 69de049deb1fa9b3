// Shows that orderctl verify and timeline are right about orders of which something is retired, and
// that verify still names what is lost.
#include <gtest/gtest.h>

#include "tests/e2e/verify_fixture.h"

namespace waybill::e2e {
namespace {

constexpr char kMark[] = "INSERT INTO retention_marks VALUES ('order_history', now())";
constexpr char kUnmark[] = "DELETE FROM retention_marks";

TEST_F(VerifyTest, RetiredHistoryIsNoViolationAndLostHistoryIs) {
  test::TestDatabase& db = system_->Db("orders");
  db.Exec("CREATE TABLE away AS SELECT * FROM order_history");
  constexpr char kBack[] = "INSERT INTO order_history SELECT * FROM away ON CONFLICT DO NOTHING";
  db.Exec("DELETE FROM order_history");
  db.Exec(kMark);
  EXPECT_EQ(Verify(*system_, 0).at("violations").size(), 0u);
  db.Exec(kUnmark);
  db.Exec(WithIds(std::string(kBack) + "; DELETE FROM order_history WHERE order_id = $CONFIRMED"));
  ExpectOnly(9, "its history doesn't number them", confirmed_, "lost history");
  db.Exec("INSERT INTO retention_marks VALUES ('order_history', now() - interval '1 day')");
  ExpectOnly(9, "its history doesn't number them", confirmed_, "history lost after the mark");
  db.Exec(kUnmark);
  db.Exec(std::string(kBack) + "; DROP TABLE away");
}

TEST_F(VerifyTest, RetiredChargesAreNoViolationAndLostChargesAre) {
  test::TestDatabase& db = system_->Db("sandbox");
  db.Exec("CREATE TABLE away AS SELECT * FROM payment_intents; DELETE FROM payment_intents");
  db.Exec("INSERT INTO retention_marks VALUES ('payment_intents', now())");
  EXPECT_EQ(Verify(*system_, 0).at("violations").size(), 0u);
  db.Exec(kUnmark);
  ExpectOnly(8, "the provider kept 0 instead of 790", confirmed_, "lost charges");
  db.Exec("INSERT INTO payment_intents SELECT * FROM away; DROP TABLE away");
}

TEST_F(VerifyTest, BlankedMailsAreNoViolationAndTheTimelineSaysWhatIsRetired) {
  test::TestDatabase& orders = system_->Db("orders");
  test::TestDatabase& mails = system_->Db("notifications");
  orders.Exec("CREATE TABLE away AS SELECT * FROM order_history; DELETE FROM order_history");
  orders.Exec(kMark);
  mails.Exec(
      "CREATE TABLE away AS SELECT * FROM mails; UPDATE mails SET recipient = '', subject = '', "
      "text_body = '', html_body = ''");
  EXPECT_EQ(Verify(*system_, 0).at("violations").size(), 0u);
  const std::string timeline = Orderctl(*system_).Output({"timeline", confirmed_});
  EXPECT_TRUE(absl::StrContains(timeline, "PlaceOrder: order committed, PLACED")) << timeline;
  EXPECT_TRUE(absl::StrContains(timeline, "mail SENT: (retired)")) << timeline;
  EXPECT_TRUE(absl::StrContains(timeline, "Later transitions are deleted")) << timeline;
  EXPECT_TRUE(absl::StrContains(timeline, "Waits for nothing: the order is CONFIRMED."))
      << timeline;
  mails.Exec("DELETE FROM mails; INSERT INTO mails SELECT * FROM away; DROP TABLE away");
  orders.Exec("INSERT INTO order_history SELECT * FROM away; DROP TABLE away");
  orders.Exec(kUnmark);
}

}  // namespace
}  // namespace waybill::e2e
