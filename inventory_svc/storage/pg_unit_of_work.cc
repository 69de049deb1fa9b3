#include "inventory_svc/storage/pg_unit_of_work.h"

#include <string>

#include "inventory_svc/storage/pg_set_stock_requests.h"
#include "inventory_svc/storage/pg_stock.h"
#include "platform/postgres/run_transaction.h"

namespace waybill::inventory_svc {

absl::Status PgUnitOfWork::Run(std::string_view name, absl::Time deadline,
                               absl::FunctionRef<absl::Status(Stores&)> body) {
  return postgres::RunTransaction(pool_, {.name = std::string(name), .deadline = deadline},
                                  [&body](postgres::Transaction& tx) {
                                    PgStock stock(tx);
                                    PgSetStockRequests requests(tx);
                                    Stores stores{stock, requests};
                                    return body(stores);
                                  });
}

}  // namespace waybill::inventory_svc
