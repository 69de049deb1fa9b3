// Shows that orderctl verify can fail for promise 8 (verify_test.cc: for the others).
#include <gtest/gtest.h>

#include <string>

#include "platform/types/ids.h"
#include "tests/e2e/verify_fixture.h"

namespace waybill::e2e {
namespace {

TEST_F(VerifyTest, Promise8MoneyThatDoesNotAddUpInOurBooks) {
  ExpectNamed(8, "its payment is voided", "payments",
              "UPDATE payments SET state = 'voided' WHERE order_id = $CONFIRMED",
              "UPDATE payments SET state = 'captured' WHERE order_id = $CONFIRMED");
  ExpectNamed(8, "the order is worth 790, but its payment is 789", "payments",
              "UPDATE payments SET amount_minor = 789 WHERE order_id = $CONFIRMED",
              "UPDATE payments SET amount_minor = 790 WHERE order_id = $CONFIRMED");
  ExpectNamed(8, "the order is CANCELLED, but its payment is authorized", "payments",
              "UPDATE payments SET state = 'authorized' WHERE order_id = $CANCELLED",
              "UPDATE payments SET state = 'declined' WHERE order_id = $CANCELLED", cancelled_);
  ExpectNamed(
      8, "a step of the payment is overdue", "payments",
      "UPDATE payments SET due_at = now() - interval '1 minute' WHERE order_id = $CONFIRMED",
      "UPDATE payments SET due_at = NULL WHERE order_id = $CONFIRMED");
  ExpectNamed(8, "the provider's answers contradict the payment", "payments",
              "UPDATE payments SET step = 'refund', step_started_at = now() - interval '1 minute', "
              "step_mismatch = 'amount is 1 instead of 790', due_at = now() + interval '1 hour', "
              "updated_at = now() WHERE order_id = $CONFIRMED",
              "UPDATE payments SET step = NULL, step_started_at = NULL, step_mismatch = NULL, "
              "due_at = NULL WHERE order_id = $CONFIRMED");
}

TEST_F(VerifyTest, Promise8MoneyThatDoesNotAddUpAtTheProvider) {
  ExpectNamed(8, "the provider kept 789 instead of 790", "sandbox",
              "UPDATE payment_intents SET amount_captured = 789 WHERE metadata ->> 'order_id' = "
              "$CONFIRMED",
              "UPDATE payment_intents SET amount_captured = 790 WHERE metadata ->> 'order_id' = "
              "$CONFIRMED");
  ExpectNamed(8, "the provider kept 1580 instead of 790", "sandbox",
              "INSERT INTO payment_intents (id, amount, amount_captured, currency, status, "
              "payment_method, metadata, created_at) VALUES ('pi_twice', 790, 790, 'eur', "
              "'succeeded', 'x', jsonb_build_object('order_id', $CONFIRMED), now() - interval '1 "
              "minute')",
              "DELETE FROM payment_intents WHERE id = 'pi_twice'");
  ExpectNamed(
      8, "the order is CANCELLED, but the provider still holds an amount", "sandbox",
      "INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata, "
      "created_at) VALUES ('pi_held', 790, 'eur', 'requires_capture', 'x', "
      "jsonb_build_object('order_id', $CANCELLED), now() - interval '1 minute')",
      "DELETE FROM payment_intents WHERE id = 'pi_held'", cancelled_);
  ExpectNamed(
      8, "the order is worth 790, but the provider holds 100", "sandbox",
      "INSERT INTO payment_intents (id, amount, currency, status, payment_method, metadata, "
      "created_at) VALUES ('pi_held', 100, 'eur', 'requires_capture', 'x', "
      "jsonb_build_object('order_id', $CONFIRMED), now() - interval '1 minute')",
      "DELETE FROM payment_intents WHERE id = 'pi_held'");
  // 790 of the provider's units are 7.90 UGX.
  ExpectNamed(8, "the charge of 790 is not a whole number of the minor units of UGX", "sandbox",
              "UPDATE payment_intents SET currency = 'ugx' WHERE metadata ->> 'order_id' = "
              "$CONFIRMED",
              "UPDATE payment_intents SET currency = 'eur' WHERE metadata ->> 'order_id' = "
              "$CONFIRMED");
  ExpectNamed(8, "the charge's refunds don't add up", "sandbox",
              "INSERT INTO refunds (id, payment_intent, amount) SELECT 're_1', id, 1 FROM "
              "payment_intents WHERE metadata ->> 'order_id' = $CONFIRMED",
              "DELETE FROM refunds");
  ExpectNamed(
      8, "there is no such order, but the provider kept 5", "sandbox",
      "INSERT INTO payment_intents (id, amount, amount_captured, currency, status, "
      "payment_method, metadata, created_at) VALUES ('pi_nobody', 5, 5, 'eur', 'succeeded', "
      "'x', '{\"order_id\":\"" +
          std::string(kNew) + "\"}', now() - interval '1 minute')",
      "DELETE FROM payment_intents WHERE id = 'pi_nobody'", kNew);
}

TEST_F(VerifyTest, Promise8RefundsThatDoNotAddUp) {
  const std::string id = RefundId::New().ToString();
  const std::string ordered =
      "INSERT INTO order_refunds (refund_id, order_id, number, amount_minor, state, requested_at, "
      "updated_at) VALUES ('" +
      id +
      "', $CONFIRMED, 1, 100, 'REFUNDED', now() - interval '1 minute', now() - interval '1 "
      "minute')";
  const std::string not_ordered = "DELETE FROM order_refunds WHERE refund_id = '" + id + "'";
  const std::string paid =
      "INSERT INTO payment_refunds (refund_id, order_id, number, amount_minor, currency, state, "
      "updated_at) VALUES ('" +
      id + "', $CONFIRMED, 1, 100, 'EUR', 'refunded', now() - interval '1 minute')";
  const std::string not_paid = "DELETE FROM payment_refunds WHERE refund_id = '" + id + "'";
  const std::string given_back =
      "UPDATE payment_intents SET amount_refunded = 100 WHERE metadata ->> 'order_id' = "
      "$CONFIRMED; INSERT INTO refunds (id, payment_intent, amount) SELECT 're_1', id, 100 FROM "
      "payment_intents WHERE metadata ->> 'order_id' = $CONFIRMED";
  const std::string not_given_back =
      "DELETE FROM refunds; UPDATE payment_intents SET amount_refunded = 0 WHERE metadata ->> "
      "'order_id' = $CONFIRMED";
  ExpectNamed(8, "but the payment doesn't have it", "orders", ordered, not_ordered);
  ExpectNamed(8, "the payment has a refund that was never requested", "payments", paid, not_paid);
  ExpectNamed(8, "the provider kept 690 instead of 790", "sandbox", given_back, not_given_back);

  system_->Db("orders").Exec(WithIds(ordered));
  ExpectNamed(8, "the provider kept 790 instead of 690", "payments", paid, not_paid);
  system_->Db("sandbox").Exec(WithIds(given_back));
  system_->Db("payments").Exec(WithIds(paid));
  const auto with = [&](const std::string& column, const std::string& value) {
    return "UPDATE payment_refunds SET " + column + " = " + value + " WHERE refund_id = '" + id +
           "'";
  };
  EXPECT_TRUE(test::Eventually(
      [&] {
        return Orderctl(*system_).Run({"verify", "--idle", kIdle}).status == 0;
      },
      "books with a refund agree"));
  ExpectNamed(8, "the refund is REFUNDED for the order, but FAILED for the payment", "payments",
              with("state", "'failed'"), with("state", "'refunded'"));
  ExpectNamed(8, "the refund is of 100, but the payment refunded 99", "payments",
              with("amount_minor", "99"), with("amount_minor", "100"));
  system_->Db("payments").Exec(WithIds(not_paid));
  system_->Db("sandbox").Exec(WithIds(not_given_back));
  system_->Db("orders").Exec(WithIds(not_ordered));
}

}  // namespace
}  // namespace waybill::e2e
