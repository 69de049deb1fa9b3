// orderctl: the operator's command line.
#include <CLI/CLI.hpp>

#include "platform/log/log.h"
#include "tools/orderctl/commands.h"

namespace {

constexpr char kExamples[] = R"(Examples:
  orderctl product set tea-assam "Assam, 250 g" EUR 790
  orderctl stock set tea-assam 100
  orderctl place --item tea-assam:2 --email ann@example.com --payment-method pm_card_visa
  orderctl watch 01941f29-7c00-7000-8000-000000000000
  orderctl --json list
Exit codes: 0 done, 1 the call failed, 2 the command line is wrong.)";

}  // namespace

int main(int argc, char** argv) {
  namespace orderctl = waybill::orderctl;
  waybill::log::Init("orderctl", "error");
  orderctl::Session session;
  CLI::App app("Places, follows and cancels orders; keeps the catalog and the stock.", "orderctl");
  app.footer(kExamples);
  app.require_subcommand(1);
  // --json may stand after the command as well.
  app.fallthrough();
  app.add_option("--user", session.user, "On whose behalf")
      ->envname("WAYBILL_USER")
      ->capture_default_str();
  app.add_option("--orders", session.orders_address, "order_svc, HOST:PORT")
      ->envname("WAYBILL_ORDERS_ADDR")
      ->capture_default_str();
  app.add_option("--inventory", session.inventory_address, "inventory_svc, HOST:PORT")
      ->envname("WAYBILL_INVENTORY_ADDR")
      ->capture_default_str();
  app.add_flag("--json", session.json, "JSON instead of text");
  orderctl::AddOrderCommands(app, session);
  orderctl::AddProductCommands(app, session);
  orderctl::AddStockCommands(app, session);
  orderctl::AddTimelineCommand(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? orderctl::kDone : orderctl::kUsage;
  }
  return session.command();
}
