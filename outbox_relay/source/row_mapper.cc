#include "outbox_relay/source/row_mapper.h"

#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/source/column_text.h"
#include "outbox_relay/source/header_json.h"
#include "outbox_relay/source/mapped_columns.h"
#include "outbox_relay/source/topic_template.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::Status RowMapper::Find(const std::vector<ColumnInfo>& columns, const std::string& name,
                             Use* use) const {
  *use = Use{};
  if (name.empty()) return absl::OkStatus();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name != name) continue;
    use->column = static_cast<int>(i);
    use->form = columns[i].form;
    use->literal = name;
    return CheckStreamed(columns[i]);
  }
  return absl::FailedPreconditionError(
      StrCat("the outbox table (or its publication's column list) has no column \"", name,
             "\": change [source.columns] or the table"));
}

absl::Status RowMapper::BindTopic(const std::vector<ColumnInfo>& columns) {
  topic_.clear();
  ASSIGN_OR_RETURN(const std::vector<TopicPart> parts, ParseTopicTemplate(mapping_.topic));
  for (const TopicPart& part : parts) {
    Use use;
    if (part.is_column) {
      RETURN_IF_ERROR(Find(columns, part.text, &use));
    } else {
      use.literal = part.text;
    }
    topic_.push_back(std::move(use));
  }
  return absl::OkStatus();
}

absl::Status RowMapper::Bind(const std::vector<ColumnInfo>& columns) {
  RETURN_IF_ERROR(converter_.status());
  absl::Status status = BindTopic(columns);
  status.Update(Find(columns, mapping_.key, &key_));
  status.Update(Find(columns, mapping_.payload, &payload_));
  status.Update(Find(columns, mapping_.headers, &headers_));
  status.Update(Find(columns, mapping_.row_id, &row_id_));
  // A publication's column list may leave it out.
  (void)Find(columns, mapping_.tx, &tx_);
  header_uses_.clear();
  for (const HeaderRule& rule : mapping_.header_rules) {
    HeaderUse use{rule.name, {}};
    if (rule.column.empty()) {
      use.value.literal = rule.constant;
    } else {
      status.Update(Find(columns, rule.column, &use.value));
    }
    header_uses_.push_back(std::move(use));
  }
  return status;
}

bool RowMapper::ToUtf8(std::string_view text, Use& use, std::string_view* utf8) {
  if (converter_.Convert(text, &use.utf8, utf8)) return true;
  unreadable_ = absl::InvalidArgumentError(
      StrCat("column \"", use.literal, "\" has bytes that aren't text in the database's encoding, ",
             encoding_, ", or have no UTF-8 form"));
  return false;
}

std::string_view RowMapper::Bytes(const std::vector<ColumnValue>& row, Use& use) {
  if (use.column < 0) return use.literal;
  std::string_view bytes = ColumnBytes(row[use.column], use.form, &use.scratch);
  if (use.form != ColumnForm::kBytea) ToUtf8(bytes, use, &bytes);
  return bytes;
}

std::string_view RowMapper::Topic(const std::vector<ColumnValue>& row) {
  topic_scratch_.clear();
  for (Use& part : topic_) {
    if (part.column < 0) {
      topic_scratch_ += part.literal;
      continue;
    }
    std::string_view text = ColumnText(row[part.column], part.form, &part.scratch);
    if (!ToUtf8(text, part, &text) || text.empty()) return {};
    if (topic_.size() == 1) return text;
    topic_scratch_ += text;
  }
  return topic_scratch_;
}

absl::Status RowMapper::Map(const std::vector<ColumnValue>& row, Record* record) {
  unreadable_ = absl::OkStatus();
  record->topic = Topic(row);
  record->key = Bytes(row, key_);
  const ColumnValue& payload = row[payload_.column];
  record->has_value = payload.form != ColumnValue::Form::kNull;
  record->value = Bytes(row, payload_);
  record->headers.clear();
  for (HeaderUse& use : header_uses_) {
    if (use.value.column >= 0 && row[use.value.column].form == ColumnValue::Form::kNull) continue;
    record->headers.push_back({use.name, Bytes(row, use.value)});
  }
  if (headers_.column >= 0 && row[headers_.column].form != ColumnValue::Form::kNull &&
      !AppendJsonHeaders(Bytes(row, headers_), &record->headers, &json_scratch_)) {
    record->headers.clear();
    return absl::InvalidArgumentError(
        StrCat("column \"", mapping_.headers, "\" is not a JSON object"));
  }
  if (!unreadable_.ok()) return unreadable_;
  if (record->topic.empty()) {
    return absl::InvalidArgumentError(
        StrCat("the row names no topic: a column of \"", mapping_.topic, "\" is null or empty"));
  }
  return absl::OkStatus();
}

RowName RowMapper::Name(const std::vector<ColumnValue>& row) {
  RowName name;
  if (row_id_.column >= 0) {
    const std::string_view text = ColumnText(row[row_id_.column], row_id_.form, &row_id_.scratch);
    std::string_view utf8;
    name.row_id =
        converter_.Convert(text, &row_id_.utf8, &utf8) ? std::string(utf8) : Escaped(text);
  }
  std::uint64_t tx = 0;
  if (tx_.column >= 0 && ParseNumber(ColumnText(row[tx_.column], tx_.form, &tx_.scratch), &tx)) {
    name.xid = static_cast<std::uint32_t>(tx);
  }
  return name;
}

}  // namespace waybill::outbox_relay
