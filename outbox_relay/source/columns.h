// These types hold a row's columns as PostgreSQL sent them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::outbox_relay {

// How the values of a type are written. Those of the first group the relay reads in PostgreSQL's
// binary form, too; of any other it needs the text.
enum class ColumnForm : std::uint8_t {
  kText,  // text, varchar, json, enums, citext and what else is sent as its own text
  kBlankPadded,
  kBytea,
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kXid8,
  kTimestamp,  // with or without time zone
  kUuid,
  kJsonb,

  kInet,
  kOther,
};

inline bool HasReadableBinary(ColumnForm form) { return form < ColumnForm::kInet; }

struct ColumnInfo {
  enum class Stream : std::uint8_t { kCarries, kLeavesOutGenerated, kLeavesOutUnlisted };

  std::string name;
  // The oid of its type.
  std::uint32_t type = 0;
  ColumnForm form = ColumnForm::kOther;
  // Whether pgoutput sends it, or why not.
  Stream stream = Stream::kCarries;
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
  // Without their forms.
  std::vector<ColumnInfo> columns;
};

}  // namespace waybill::outbox_relay
