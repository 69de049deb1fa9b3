#include "platform/service/main.h"
#include "payment_svc/app.h"

int main(int argc, char** argv) {
  return waybill::service::Main<waybill::payment_svc::App>(
      argc, argv, {"payment_svc", "Holds, takes and gives back the money of orders."});
}
