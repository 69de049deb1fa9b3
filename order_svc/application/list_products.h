// Use case: lists the catalog, page by page.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "order_svc/storage/stores.h"

namespace waybill::order_svc {

struct ProductPage {
  std::vector<Product> products;
  // Where the next page begins; nothing on the last page.
  std::optional<Sku> next_after;
};

// Thread-safe.
class ListProducts {
 public:
  explicit ListProducts(const UnitOfWork& unit_of_work) : unit_of_work_(unit_of_work) {}

  // The first `page_size` products by id, after `after` where it is given.
  //
  // Blocks until `deadline` at most. Errors: UnitOfWork's.
  absl::StatusOr<ProductPage> Run(std::optional<Sku> after, int page_size, absl::Time deadline);

 private:
  const UnitOfWork& unit_of_work_;
};

}  // namespace waybill::order_svc
