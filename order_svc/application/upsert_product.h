// Use case: creates a product, or changes its name and price.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "order_svc/storage/stores.h"

namespace waybill::order_svc {

struct UpsertProductCommand {
  request_keys::RequestKey key;
  Product product;
  absl::Time deadline;
};

// Thread-safe.
class UpsertProduct {
 public:
  explicit UpsertProduct(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // OK: the catalog has, or had, the product as in the command. Orders placed before keep
  // their names and prices.
  //
  // Blocks until the deadline at most. Errors: REQUEST_ID_REUSED, UnitOfWork's.
  absl::Status Run(const UpsertProductCommand& command);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::order_svc
