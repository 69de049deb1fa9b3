#include "platform/grpc/lenient_parse.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/types/error.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::grpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// Deeper than any request here goes; protobuf's own parser stops at 100.
constexpr int kMaxDepth = 20;

// Walks the wire format beside the message's descriptor and names every string that isn't UTF-8.
void FindBadStrings(const UnknownFieldSet& fields, const Descriptor& descriptor,
                    const std::string& prefix, int depth, std::vector<FieldViolation>& violations) {
  std::map<int, int> seen;
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    const FieldDescriptor* known = descriptor.FindFieldByNumber(field.number());
    if (known == nullptr || field.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
    std::string path = StrCat(prefix, known->name());
    if (known->is_repeated()) StrAppend(&path, "[", seen[field.number()]++, "]");
    if (known->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(field.length_delimited())) {
      violations.push_back({path, "is not valid UTF-8"});
    } else if (known->type() == FieldDescriptor::TYPE_MESSAGE && depth < kMaxDepth) {
      UnknownFieldSet inner;
      if (inner.ParseFromString(field.length_delimited())) {
        FindBadStrings(inner, *known->message_type(), path + ".", depth + 1, violations);
      }
    }
  }
}

std::string BytesOf(const ::grpc::ByteBuffer& buffer) {
  std::vector<::grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  bytes.reserve(buffer.Length());
  for (const ::grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

absl::Status ParseRequest(const ::grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  const std::string bytes = BytesOf(buffer);
  if (message.ParseFromString(bytes)) return absl::OkStatus();

  std::vector<FieldViolation> violations;
  UnknownFieldSet fields;
  if (fields.ParseFromString(bytes)) {
    FindBadStrings(fields, *message.GetDescriptor(), "", 0, violations);
  }
  if (!violations.empty()) return InvalidFields(violations);
  return MakeError(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                   StrCat("the request is not a ", message.GetDescriptor()->full_name()));
}

}  // namespace waybill::grpc
