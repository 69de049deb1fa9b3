#include "platform/service/main.h"
#include "tools/payment_sandbox/app.h"

int main(int argc, char** argv) {
  return waybill::service::Main<waybill::payment_sandbox::App>(
      argc, argv,
      {"payment_sandbox",
       "A payment provider to develop and test against: part of Stripe's PaymentIntents API with a "
       "ledger of its own."});
}
