// These macros return early on an error of absl::Status or absl::StatusOr.
//
//   RETURN_IF_ERROR(pool.WaitUntilReachable());
//   ASSIGN_OR_RETURN(const OrderId order, OrderId::Parse(body.order_id()));
//
// Both evaluate their expression once and return its status from the enclosing function, which must
// return absl::Status or absl::StatusOr, unless the status is OK.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expression)                                                                \
  do {                                                                                             \
    if (::absl::Status waybill_status = (expression); !waybill_status.ok()) return waybill_status; \
  } while (false)

// `target` is a declaration, or something to assign to. One that holds a comma outside parentheses
// (`std::pair<int, int> pair`) needs a type alias, or `auto`. Not to be used as the only statement
// of an `if`: it is two statements.
#define ASSIGN_OR_RETURN(target, ...) \
  WAYBILL_ASSIGN_OR_RETURN(WAYBILL_CONCAT(waybill_result_, __LINE__), target, (__VA_ARGS__))
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration can't stand in parentheses.
#define WAYBILL_CONCAT_TOKENS(a, b) a##b
#define WAYBILL_CONCAT(a, b) WAYBILL_CONCAT_TOKENS(a, b)
#define WAYBILL_ASSIGN_OR_RETURN(result, target, expression) \
  auto result = expression;                                  \
  if (!result.ok()) return std::move(result).status();       \
  target = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
