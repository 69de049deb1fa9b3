// Reads a table in pages along its key.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "platform/postgres/binary_rows.h"

namespace waybill::verify {

enum class KeyType { kUuid, kBigint, kText };

inline constexpr int kPageRows = 100'000;

// Calls `take` with every row of `select`, whose first column must be the key that it pages by.
// `select` must end with its conditions, and have at least one: "SELECT id, x FROM t WHERE y > 0".
// Adds the number of rows to `rows`. Errors: those of BinaryRows and of `after_page`.
//
// After each page, `after_page` is called with a condition on the key that is true for exactly that
// page's rows ("order_id > '…' AND order_id <= '…'"). It may use the same session.
absl::Status ReadPages(
    postgres::BinaryRows& session, const std::string& select, const std::string& key, KeyType type,
    std::int64_t& rows, absl::FunctionRef<void(const postgres::BinaryRow&)> take,
    absl::FunctionRef<absl::Status(const std::string&)> after_page = [](const std::string&) {
      return absl::OkStatus();
    });

}  // namespace waybill::verify
