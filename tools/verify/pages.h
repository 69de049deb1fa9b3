// Reading a table in pages along its key.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "platform/postgres/binary_rows.h"

namespace waybill::verify {

enum class KeyType { kUuid, kBigint, kText };

inline constexpr int kPageRows = 100'000;

// Calls `take` with every row of `select`, whose first column is the key it pages by. `select` ends
// where its conditions do, and has one: "SELECT id, x FROM t WHERE y > 0". `rows` counts them.
//
// `after_page`, if there is one, is called after each page with a condition on the key that holds
// for just its rows ("order_id > '…' AND order_id <= '…'"), on the same session.
absl::Status ReadPages(
    postgres::BinaryRows& session, const std::string& select, const std::string& key, KeyType type,
    std::int64_t& rows, absl::FunctionRef<void(const postgres::BinaryRow&)> take,
    absl::FunctionRef<absl::Status(const std::string&)> after_page = [](const std::string&) {
      return absl::OkStatus();
    });

}  // namespace waybill::verify
