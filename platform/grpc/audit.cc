#include "platform/grpc/audit.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "platform/types/error.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::grpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kMaxValueBytes = 100;

// Names what a call is about: an order, a product, a parked event, a range of those, or all.
bool IsIdentifying(const FieldDescriptor& field) {
  const std::string& name = field.name();
  return name == "id" || absl::EndsWith(name, "_id") || name == "key" || name == "first" ||
         name == "last" || name == "all";
}

std::string ValueOf(const Message& message, const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return ToVisibleText(message.GetReflection()->GetString(message, &field));
  }
  std::string value;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, -1, &value);
  return value;
}

void AddIds(const Message& message, std::string& subject) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      AddIds(message.GetReflection()->GetMessage(message, field), subject);
    } else if (IsIdentifying(*field)) {
      StrAppend(&subject, subject.empty() ? "" : ", ", field->name(), "=",
                ToStorableText(ValueOf(message, *field).substr(0, kMaxValueBytes)));
    }
  }
}

std::string OutcomeOf(const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = ReasonOf(status);
  return reason.empty() ? code : StrCat(code, " (", reason, ")");
}

}  // namespace

std::string SubjectOf(const Message& request) {
  std::string subject;
  AddIds(request, subject);
  return subject;
}

absl::Status RunAudited(AuditTrail& trail, const AuditedCall& call, absl::Time deadline,
                        absl::FunctionRef<absl::Status()> effect) {
  ASSIGN_OR_RETURN(const Uuid id, trail.Begin(call, deadline));
  absl::Status status = effect();
  trail.End(id, OutcomeOf(status));
  return status;
}

}  // namespace waybill::grpc
