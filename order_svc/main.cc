#include "platform/service/main.h"
#include "order_svc/app.h"

int main(int argc, char** argv) {
  return waybill::service::Main<waybill::order_svc::App>(
      argc, argv, {"order_svc", "Takes orders, follows them to their end, and keeps the catalog."});
}
