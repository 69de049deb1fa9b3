#include "order_svc/application/upsert_product.h"

#include "platform/types/strings.h"

namespace waybill::order_svc {

absl::StatusOr<std::string> UpsertProduct::Run(const UpsertProductCommand& command) {
  const Product& product = command.product;
  const request_keys::Record record{
      .key = command.key,
      .fingerprint = request_keys::Fingerprint(
          "UpsertProduct", {product.id.value(), product.name, product.unit_price.currency,
                            StrCat(product.unit_price.minor_units)}),
      .resource = product.id.value(),
      .response = encoder_.Encode(product)};
  std::string answer;
  const absl::Status status =
      unit_of_work_.Run("upsert_product", command.deadline, [&](const Stores& stores) {
        // The key first: a second call with it waits here for the first, and then changes nothing.
        const auto used = stores.request_keys.Insert({record});
        if (used.empty()) {
          stores.catalog.Upsert(product);
          answer = record.response;
          return absl::OkStatus();
        }
        const request_keys::Record& before = used.begin()->second;
        if (before.fingerprint != record.fingerprint) return request_keys::Reused(command.key);
        answer = before.response;
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return answer;
}

}  // namespace waybill::order_svc
