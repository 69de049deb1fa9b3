#include "platform/service/main.h"
#include "notification_svc/app.h"

int main(int argc, char** argv) {
  return waybill::service::Main<waybill::notification_svc::App>(
      argc, argv, {"notification_svc", "Tells buyers by mail how their orders ended."});
}
