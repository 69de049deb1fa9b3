// Sets the quantity on hand.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "inventory_svc/application/ports.h"

namespace waybill::inventory_svc {

// Sets each SKU's quantity on hand, all in one transaction; a SKU that is new is created. One
// answer a command, in order; a bad command fails alone. The same request_id gives the first
// successful answer again.
//   kFailedPrecondition, BELOW_RESERVED   less than what is reserved
//   kAlreadyExists, REQUEST_ID_REUSED     the request_id was used for something else
// Where the storage fails, its error stands in every answer. Blocks until `deadline` at most.
// Thread-safe.
std::vector<absl::StatusOr<StockLevel>> SetStock(UnitOfWork& work,
                                                 absl::Span<const SetStockCommand> commands,
                                                 absl::Time deadline);

}  // namespace waybill::inventory_svc
