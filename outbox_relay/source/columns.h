// These types hold a row's columns as PostgreSQL sent them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::outbox_relay {

// PostgreSQL's type oids (pg_type.dat), as far as their binary form has to be read.
enum TypeOid : std::uint32_t {
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kTimestamp = 1114,
  kTimestampTz = 1184,
  kUuid = 2950,
  kJsonb = 3802,
  kXid8 = 5069,
};

struct ColumnInfo {
  std::string name;
  std::uint32_t type = 0;
};

// One value; refers to the buffer from which it was read.
struct ColumnValue {
  enum class Form : std::uint8_t { kNull, kBinary, kText };
  Form form = Form::kNull;
  std::string_view data;
};

struct RelationInfo {
  std::uint32_t oid = 0;
  std::string schema;
  std::string table;
  std::vector<ColumnInfo> columns;
};

}  // namespace waybill::outbox_relay
