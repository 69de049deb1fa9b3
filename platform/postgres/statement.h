// Statement is a named piece of SQL.
//
//   constexpr Statement kLockStock{"stock_lock", R"sql(
//       SELECT product_id, on_hand, reserved FROM stock
//       WHERE product_id = ANY($1::text[]) ORDER BY product_id FOR UPDATE)sql"};
//
// A statement that writes or reads many columns lists them once, with their types, and its SQL
// refers to the list:
//
//   constexpr Statement kSaveStock{"stock_save", R"sql(
//       UPDATE stock SET $set FROM $rows WHERE stock.product_id = rows.product_id)sql",
//       {"product_id text, on_hand bigint, reserved bigint"}};
//
//   $columns   product_id, on_hand, reserved
//   $set       on_hand = rows.on_hand, reserved = rows.reserved: all but the first, the key
//   $rows      unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
//              AS rows(product_id, on_hand, reserved, ordinality)
//
// The values of $rows come from a Rows (rows.h), one array per column. Numbered parameters of such
// a statement are counted first: where the SQL has $1, the arrays begin at $2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waybill::postgres {

// "name type, name type, ...". In two parts where another statement needs only one of them.
struct Columns {
  const char* first = "";
  const char* second = "";
  // Of $rows only: values that the SQL turns into others, as a duration into a point in time.
  const char* extra = "";
};

struct Column {
  std::string_view name;
  // As PostgreSQL writes it: "text", "timestamptz".
  std::string_view type;
  bool is_extra = false;
};

// Define as a constant beside its use. `name` is unique within a service: the statement is prepared
// under it once per session, and it names the statement in errors. Cast every parameter
// ($1::uuid[]): parameters travel as text.
struct Statement {
  const char* name;
  const char* sql;
  Columns columns = {};
};

// The listed columns, in order, with the extra ones at the end. Ends the process when the list is
// not of the form above.
std::vector<Column> ColumnsOf(const Statement& statement);

// The SQL that PostgreSQL gets: with $columns, $set and $rows replaced. The arrays of $rows begin
// behind the numbered parameters, and behind `taken` others.
std::string ExpandedSql(const Statement& statement, int taken = 0);

}  // namespace waybill::postgres
