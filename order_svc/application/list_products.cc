#include "order_svc/application/list_products.h"

#include "platform/types/status_macros.h"

namespace waybill::order_svc {

absl::StatusOr<ProductPage> ListProducts::Run(std::optional<Sku> after, int page_size,
                                              absl::Time deadline) {
  ProductPage page;
  const absl::Status status = unit_of_work_.Run("list_products", deadline, [&](Stores& stores) {
    page = {};
    // One more than requested shows whether there is a next page.
    page.products = stores.products.List(after, page_size + 1);
    if (page.products.size() > static_cast<std::size_t>(page_size)) {
      page.products.pop_back();
      page.next_after = page.products.back().id;
    }
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(status);
  return page;
}

}  // namespace waybill::order_svc
