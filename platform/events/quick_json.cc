#include "platform/events/quick_json.h"

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"

namespace waybill::events {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using nlohmann::json;

// The parser's events in, fields out. Every function returns false for what it doesn't know, which ends
// the parsing.
class Filler final : public nlohmann::json_sax<json> {
 public:
  explicit Filler(Message& root) : root_(root) {}

  bool null() override { return skipping(); }
  bool boolean(bool value) override {
    if (skipping()) return true;
    if (!Expects(FieldDescriptor::CPPTYPE_BOOL)) return false;
    field().is_repeated() ? reflection().AddBool(&message(), &field(), value)
                          : reflection().SetBool(&message(), &field(), value);
    return true;
  }
  bool number_integer(number_integer_t value) override { return skipping() || SetInteger(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (skipping()) return true;
    return value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()} &&
           SetInteger(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t, const string_t&) override { return skipping(); }
  bool string(string_t& text) override {
    if (skipping()) return true;
    if (!HasPlace()) return false;
    switch (field().cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return SetText(std::move(text));
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64: {
        std::int64_t value = 0;
        // Only as integers are written: no blanks, no sign before a positive one.
        const bool plain = !text.empty() && text.find_first_not_of("-0123456789") == text.npos;
        return plain && absl::SimpleAtoi(text, &value) && SetInteger(value);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return SetTimestamp(text);
      default:
        return false;
    }
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (skipping()) return ++skipped_levels_ > 0;
    if (frames_.empty()) {
      frames_.push_back({.message = &root_});
      return true;
    }
    if (!Expects(FieldDescriptor::CPPTYPE_MESSAGE) || field().is_map()) return false;
    // The well-known types have forms of their own.
    if (field().message_type()->file()->package() == "google.protobuf") return false;
    Message* const child = field().is_repeated()
                               ? reflection().AddMessage(&message(), &field())
                               : reflection().MutableMessage(&message(), &field());
    frames_.push_back({.message = child});
    return true;
  }
  bool key(string_t& name) override {
    // Protobuf's parser refuses an empty name.
    if (skipped_levels_ > 0 || name.empty()) return !name.empty();
    Frame& frame = frames_.back();
    const google::protobuf::Descriptor& type = *frame.message->GetDescriptor();
    frame.field = type.FindFieldByCamelcaseName(name);
    if (frame.field == nullptr) frame.field = type.FindFieldByName(name);
    frame.skips = frame.field == nullptr;
    return true;
  }
  bool end_object() override {
    if (skipped_levels_ > 0) return LeaveSkipped();
    frames_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    if (skipping()) return ++skipped_levels_ > 0;
    if (frames_.empty()) return false;
    Frame& frame = frames_.back();
    if (frame.in_array || !frame.field->is_repeated() || frame.field->is_map()) return false;
    frame.in_array = true;
    return true;
  }
  bool end_array() override {
    if (skipped_levels_ > 0) return LeaveSkipped();
    frames_.back().in_array = false;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  struct Frame {
    Message* message = nullptr;
    const FieldDescriptor* field = nullptr;
    bool in_array = false;
    // The value that follows is of a field that the message doesn't have.
    bool skips = false;
  };

  bool skipping() const {
    return skipped_levels_ > 0 || (!frames_.empty() && frames_.back().skips);
  }
  bool LeaveSkipped() {
    --skipped_levels_;
    return true;
  }
  Message& message() const { return *frames_.back().message; }
  const FieldDescriptor& field() const { return *frames_.back().field; }
  const Reflection& reflection() const { return *message().GetReflection(); }
  // A value stands where its field wants one: a list's in a list, and nothing at the top.
  bool HasPlace() const {
    return !frames_.empty() && frames_.back().field != nullptr &&
           field().is_repeated() == frames_.back().in_array;
  }
  bool Expects(FieldDescriptor::CppType type) const {
    return HasPlace() && field().cpp_type() == type;
  }

  bool SetInteger(std::int64_t value) {
    if (Expects(FieldDescriptor::CPPTYPE_INT64)) {
      field().is_repeated() ? reflection().AddInt64(&message(), &field(), value)
                            : reflection().SetInt64(&message(), &field(), value);
      return true;
    }
    const auto narrow = static_cast<std::int32_t>(value);
    if (!Expects(FieldDescriptor::CPPTYPE_INT32) || narrow != value) return false;
    field().is_repeated() ? reflection().AddInt32(&message(), &field(), narrow)
                          : reflection().SetInt32(&message(), &field(), narrow);
    return true;
  }
  bool SetText(std::string text) {
    if (field().type() != FieldDescriptor::TYPE_STRING) return false;
    field().is_repeated() ? reflection().AddString(&message(), &field(), std::move(text))
                          : reflection().SetString(&message(), &field(), std::move(text));
    return true;
  }
  bool SetTimestamp(const std::string& text) {
    if (field().message_type() != Timestamp::descriptor() || field().is_repeated()) return false;
    Message* const timestamp = reflection().MutableMessage(&message(), &field());
    return google::protobuf::util::TimeUtil::FromString(text, static_cast<Timestamp*>(timestamp));
  }

  Message& root_;
  std::vector<Frame> frames_;
  // How deep the parser is in objects and arrays of unknown fields.
  int skipped_levels_ = 0;
};

}  // namespace

bool ParseQuickly(std::string_view json, google::protobuf::Message& message) {
  Filler filler(message);
  return nlohmann::json::sax_parse(json.begin(), json.end(), &filler);
}

}  // namespace waybill::events
