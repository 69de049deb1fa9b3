#include "order_svc/application/upsert_product.h"

#include <vector>

#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::order_svc {

absl::Status UpsertProduct::Run(const UpsertProductCommand& command) {
  const Product& product = command.product;
  const request_keys::Request request{
      command.key,
      request_keys::Fingerprint(
          "UpsertProduct", {product.id.value(), product.name, product.unit_price.currency.value(),
                            StrCat(product.unit_price.minor_units)})};
  return unit_of_work_.Run("upsert_product", command.deadline, [&](Stores& stores) -> absl::Status {
    const auto upsert = [&](const std::vector<std::size_t>&) {
      stores.products.Upsert(product);
      return std::vector<absl::StatusOr<request_keys::Answer>>{
          request_keys::Answer{.resource = product.id.value(), .response = ""}};
    };
    ASSIGN_OR_RETURN(const auto answers, stores.request_keys.AnswerOnce({&request, 1}, upsert));
    return answers.front().status();
  });
}

}  // namespace waybill::order_svc
