// Use case: create a product, or change its name and price.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/application/ports.h"

namespace waybill::order_svc {

struct UpsertProductCommand {
  request_keys::RequestKey key;
  Product product;
  absl::Time deadline;
};

// Thread-safe.
class UpsertProduct {
 public:
  UpsertProduct(UnitOfWork& unit_of_work, const AnswerEncoder& encoder)
      : unit_of_work_(unit_of_work), encoder_(encoder) {}

  // The encoded answer, the same for the same request_id. Orders placed before keep their names and
  // prices.
  //
  // Blocks until the deadline at most. Errors: REQUEST_ID_REUSED, UnitOfWork's.
  absl::StatusOr<std::string> Run(const UpsertProductCommand& command);

 private:
  UnitOfWork& unit_of_work_;
  const AnswerEncoder& encoder_;
};

}  // namespace waybill::order_svc
