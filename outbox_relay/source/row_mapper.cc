#include "outbox_relay/source/row_mapper.h"

#include "outbox_relay/source/column_text.h"
#include "outbox_relay/source/header_json.h"
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
    use->type = columns[i].type;
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      StrCat("the outbox table (or its publication's column list) has no column \"", name,
             "\": change [source.columns] or the table"));
}

absl::Status RowMapper::BindTopic(const std::vector<ColumnInfo>& columns) {
  topic_.clear();
  std::string_view rest = mapping_.topic;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    if (open != 0) {
      topic_.push_back({.literal = std::string(rest.substr(0, open))});
      rest = open == std::string_view::npos ? "" : rest.substr(open);
      continue;
    }
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) {
      return absl::FailedPreconditionError(
          StrCat("source.topic has a { without a }: ", mapping_.topic));
    }
    Use use;
    RETURN_IF_ERROR(Find(columns, std::string(rest.substr(1, close - 1)), &use));
    topic_.push_back(std::move(use));
    rest = rest.substr(close + 1);
  }
  return absl::OkStatus();
}

absl::Status RowMapper::Bind(const std::vector<ColumnInfo>& columns) {
  absl::Status status = BindTopic(columns);
  status.Update(Find(columns, mapping_.key, &key_));
  status.Update(Find(columns, mapping_.payload, &payload_));
  status.Update(Find(columns, mapping_.headers, &headers_));
  status.Update(Find(columns, mapping_.row_id, &row_id_));
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

std::string_view RowMapper::Text(const std::vector<ColumnValue>& row, Use& use) {
  if (use.column < 0) return use.literal;
  return ColumnText(row[use.column], use.type, &use.scratch);
}

std::string_view RowMapper::Topic(const std::vector<ColumnValue>& row) {
  if (topic_.size() == 1) return Text(row, topic_[0]);
  topic_scratch_.clear();
  for (Use& part : topic_) {
    const std::string_view text = Text(row, part);
    if (part.column >= 0 && text.empty()) return {};
    topic_scratch_ += text;
  }
  return topic_scratch_;
}

absl::Status RowMapper::Map(const std::vector<ColumnValue>& row, Record* record) {
  record->topic = Topic(row);
  record->key = Text(row, key_);
  const ColumnValue& payload = row[payload_.column];
  record->has_value = payload.form != ColumnValue::Form::kNull;
  record->value = ColumnBytes(payload, payload_.type, &payload_.scratch);
  record->headers.clear();
  for (HeaderUse& use : header_uses_) {
    if (use.value.column >= 0 && row[use.value.column].form == ColumnValue::Form::kNull) continue;
    record->headers.push_back({use.name, Text(row, use.value)});
  }
  if (headers_.column >= 0 && row[headers_.column].form != ColumnValue::Form::kNull &&
      !AppendJsonHeaders(Text(row, headers_), &record->headers, &json_scratch_)) {
    record->headers.clear();
    return absl::InvalidArgumentError(
        StrCat("column \"", mapping_.headers, "\" is not a JSON object"));
  }
  if (record->topic.empty()) {
    return absl::InvalidArgumentError(
        StrCat("the row names no topic: a column of \"", mapping_.topic, "\" is null or empty"));
  }
  return absl::OkStatus();
}

std::string RowMapper::RowId(const std::vector<ColumnValue>& row) const {
  if (row_id_.column < 0) return "";
  std::string scratch;
  return std::string(ColumnText(row[row_id_.column], row_id_.type, &scratch));
}

}  // namespace waybill::outbox_relay
