// Structured logs: one JSON object per line on stderr.
//
//   log::Info("the order was placed", {{"order_id", id.ToString()}, {"trace_id", trace.trace_id()}});
//
//   {"time":"2026-01-01T10:00:00.000000Z","level":"info","service":"order_svc",
//    "message":"the order was placed","order_id":"...","trace_id":"..."}
//
// Every line that belongs to an order carries `order_id` and `trace_id`. Never log secrets, mail
// addresses or payment method tokens.
//
// Thread-safe. Never waits for whoever reads the log, once the process has called
// WriteInBackground (process_log.h). A level that is off costs one comparison, besides what the
// caller spends on the fields (see Enabled).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace waybill::log {

enum class Level { kDebug, kInfo, kWarn, kError };

// One name and its value. Refers to the caller's strings: lives only inside the log call.
class Field {
 public:
  Field(std::string_view name, std::string_view value) : name_(name), text_(value) {}
  Field(std::string_view name, const std::string& value) : name_(name), text_(value) {}
  Field(std::string_view name, const char* value) : name_(name), text_(value) {}
  // absl::string_view, where it is not the standard's (platform/types/strings.h).
  Field(std::string_view name, absl::string_view value)
      : name_(name), text_(value.data(), value.size()) {}
  Field(std::string_view name, std::int64_t value)
      : name_(name), number_(value), is_number_(true) {}
  Field(std::string_view name, int value) : Field(name, static_cast<std::int64_t>(value)) {}
  Field(std::string_view name, std::size_t value) : Field(name, static_cast<std::int64_t>(value)) {}

  std::string_view name() const { return name_; }
  bool is_number() const { return is_number_; }
  std::int64_t number() const { return number_; }
  std::string_view text() const { return text_; }

 private:
  std::string_view name_;
  std::string_view text_;
  std::int64_t number_ = 0;
  bool is_number_ = false;
};

using Fields = std::initializer_list<Field>;

// debug, info, warn or error.
bool IsLevel(std::string_view level);
// Sets what stands in every line, and the lowest level that is written; `level` must be one. May be
// called again, before other threads exist.
void Init(std::string_view service, std::string_view level);
bool Enabled(Level level);

void Write(Level level, std::string_view message, Fields fields);
inline void Debug(std::string_view message, Fields fields = {}) {
  Write(Level::kDebug, message, fields);
}
inline void Info(std::string_view message, Fields fields = {}) {
  Write(Level::kInfo, message, fields);
}
inline void Warn(std::string_view message, Fields fields = {}) {
  Write(Level::kWarn, message, fields);
}
inline void Error(std::string_view message, Fields fields = {}) {
  Write(Level::kError, message, fields);
}

}  // namespace waybill::log
