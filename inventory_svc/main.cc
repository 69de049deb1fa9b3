#include "platform/service/main.h"
#include "inventory_svc/app.h"

int main(int argc, char** argv) {
  return waybill::service::Main<waybill::inventory_svc::App>(
      argc, argv, {"inventory_svc", "Reserves the items of paid orders and keeps the stock."});
}
