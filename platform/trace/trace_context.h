// TraceContext implements enough of W3C Trace Context, level 1
// (https://www.w3.org/TR/trace-context/), to carry one trace from a call through outbox, Kafka
// and every service to the mail.
#pragma once

#include <string>
#include <string_view>

namespace waybill {

// One point in a trace. A plain value.
class TraceContext {
 public:
  // A new trace, sampled.
  static TraceContext NewRoot();
  // The context of a `traceparent` header; a new root when the header is missing or malformed, as
  // the recommendation asks (section 3.2.2.3).
  static TraceContext FromHeader(std::string_view traceparent);

  // The same trace with a new parent id, for what this step causes.
  TraceContext Child() const;
  // "00-<trace id>-<parent id>-<flags>".
  std::string ToHeader() const;
  // 32 lower-case hex digits.
  const std::string& trace_id() const { return trace_id_; }

 private:
  std::string trace_id_;
  std::string parent_id_;
  std::string flags_ = "01";
};

}  // namespace waybill
