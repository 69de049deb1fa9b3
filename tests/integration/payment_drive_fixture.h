// payment_svc's books, a sandbox, and questions to both.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "payment_svc/domain/payment.h"
#include "tests/integration/payment_sandbox_process.h"
#include "tests/support/test_database.h"
#include "tests/support/wait.h"

namespace waybill::payment_svc::test {

class PaymentDriveTest : public ::testing::Test {
 protected:
  std::string StateOf(const OrderId& order) {
    return payments_.QueryText("SELECT state FROM payments WHERE order_id = '" + order.ToString() +
                               "'");
  }
  ::testing::AssertionResult Reaches(const OrderId& order, const std::string& state) {
    return waybill::test::Eventually([&] { return StateOf(order) == state; }, "payment " + state);
  }
  // Waits for so many calls that end no step.
  ::testing::AssertionResult Tries(int more) {
    const std::string tries = "SELECT coalesce(sum(step_tries), 0)::bigint FROM payments";
    const std::int64_t before = payments_.QueryInt(tries);
    return waybill::test::Eventually([&] { return payments_.QueryInt(tries) >= before + more; },
                                     "calls without an end");
  }
  ::testing::AssertionResult Rests() {
    return waybill::test::Eventually(
        [&] {
          return payments_.QueryInt("SELECT count(*) FROM payments WHERE due_at IS NOT NULL") == 0;
        },
        "nothing left to do");
  }
  // "PaymentProcessed confirmed, PaymentCaptured, …" in the order of their numbers.
  std::string Told(const OrderId& order) {
    std::string told;
    for (const auto& row : payments_.QueryRows(
             "SELECT sequence, convert_from(payload, 'UTF8')::json ->> 'event', "
             "COALESCE(convert_from(payload, 'UTF8')::json ->> 'paymentStatus', "
             "convert_from(payload, 'UTF8')::json ->> 'outcome', '') FROM outbox WHERE key = '" +
             order.ToString() + "' ORDER BY id")) {
      told +=
          (told.empty() ? "" : ", ") + row[0] + " " + row[1] + (row[2].empty() ? "" : " ") + row[2];
    }
    return told;
  }

  waybill::test::TestDatabase payments_{"payments"};
  waybill::test::SandboxProcess sandbox_;
};

}  // namespace waybill::payment_svc::test
