#include "order_svc/application/list_products.h"

namespace waybill::order_svc {

absl::StatusOr<ProductPage> ListProducts::Run(std::optional<Sku> after, int page_size,
                                              absl::Time deadline) {
  ProductPage page;
  const absl::Status status =
      unit_of_work_.Run("list_products", deadline, [&](const Stores& stores) {
        page = {};
        // One more than wanted tells whether there is a next page.
        page.products = stores.catalog.List(after, page_size + 1);
        if (page.products.size() > static_cast<std::size_t>(page_size)) {
          page.products.pop_back();
          page.next_after = page.products.back().id;
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return page;
}

}  // namespace waybill::order_svc
