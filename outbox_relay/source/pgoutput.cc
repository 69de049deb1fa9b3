#include "outbox_relay/source/pgoutput.h"

#include "outbox_relay/base/big_endian.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// 2000-01-01 UTC, where PostgreSQL's timestamps begin.
constexpr std::int64_t kEpochUnixMicros = 946'684'800'000'000;

absl::Status Malformed(char kind) {
  return absl::InvalidArgumentError(
      StrCat("the pgoutput message of kind '", std::string_view(&kind, 1), "' is malformed"));
}

}  // namespace

absl::StatusOr<Change> PgOutputDecoder::Decode(std::string_view message) {
  if (message.empty()) return absl::InvalidArgumentError("the pgoutput message is empty");
  const char kind = message[0];
  Fields fields(message.substr(1));
  Change change;
  switch (kind) {
    case 'I':
      return DecodeInsert(message.substr(1));
    case 'B':
      change.kind = Change::Kind::kBegin;
      change.lsn = fields.U64();
      change.committed =
          absl::FromUnixMicros(kEpochUnixMicros + static_cast<std::int64_t>(fields.U64()));
      change.xid = fields.U32();
      break;
    case 'C':
      change.kind = Change::Kind::kCommit;
      fields.U8();
      fields.U64();
      change.lsn = fields.U64();
      break;
    case 'R':
      return DecodeRelation(message.substr(1));
    default:
      break;
  }
  if (!fields.ok()) return Malformed(kind);
  return change;
}

absl::StatusOr<Change> PgOutputDecoder::DecodeRelation(std::string_view body) {
  Fields fields(body);
  auto relation = std::make_unique<RelationInfo>();
  relation->oid = fields.U32();
  relation->schema = Name(fields.CString());
  relation->table = Name(fields.CString());
  fields.U8();
  const int columns = fields.U16();
  for (int i = 0; i < columns && fields.ok(); ++i) {
    fields.U8();
    ColumnInfo column;
    column.name = Name(fields.CString());
    column.type = fields.U32();
    fields.U32();
    relation->columns.push_back(std::move(column));
  }
  if (!fields.ok()) return Malformed('R');
  last_relation_ = nullptr;
  std::unique_ptr<RelationInfo>& slot = relations_[relation->oid];
  slot = std::move(relation);
  return Change{.kind = Change::Kind::kRelation, .relation = slot.get()};
}

std::string PgOutputDecoder::Name(std::string_view bytes) {
  std::string_view name = bytes;
  utf8_.Convert(bytes, &scratch_, &name);
  return std::string(name);
}

absl::StatusOr<Change> PgOutputDecoder::DecodeInsert(std::string_view body) {
  Fields fields(body);
  const std::uint32_t oid = fields.U32();
  if (last_relation_ == nullptr || last_relation_->oid != oid) {
    const auto found = relations_.find(oid);
    if (found == relations_.end()) {
      return absl::InvalidArgumentError(
          StrCat("the server didn't describe relation ", oid, " before an insert into it"));
    }
    last_relation_ = found->second.get();
  }
  fields.U8();
  const int count = fields.U16();
  columns_.resize(count);
  for (ColumnValue& column : columns_) {
    switch (fields.U8()) {
      case 'b':
        column.form = ColumnValue::Form::kBinary;
        column.data = fields.Bytes(fields.U32());
        break;
      case 't':
        column.form = ColumnValue::Form::kText;
        column.data = fields.Bytes(fields.U32());
        break;
      default:
        column = ColumnValue{};
        break;
    }
  }
  if (!fields.ok() || columns_.size() != last_relation_->columns.size()) return Malformed('I');
  return Change{.kind = Change::Kind::kInsert, .relation = last_relation_};
}

}  // namespace waybill::outbox_relay
