#include "tests/support/reflection_client.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include <stdexcept>

#include "tests/support/grpc_client.h"
#include "tests/support/raw_call.h"

namespace waybill::test {
namespace {

using google::protobuf::UnknownFieldSet;

// The fields of ServerReflectionRequest and ServerReflectionResponse; Debian doesn't package their
// proto.
constexpr int kFileContainingSymbol = 4;
constexpr int kListServices = 7;
constexpr int kFileDescriptorResponse = 4;
constexpr int kListServicesResponse = 6;

// The values of the length-delimited fields of that number.
std::vector<std::string> FieldsOf(const std::string& message, int number) {
  UnknownFieldSet fields;
  if (!fields.ParseFromString(message)) throw std::runtime_error("reflection: not a message");
  std::vector<std::string> values;
  for (int i = 0; i < fields.field_count(); ++i) {
    if (fields.field(i).number() == number) values.push_back(fields.field(i).length_delimited());
  }
  return values;
}

std::string Ask(const std::shared_ptr<::grpc::Channel>& channel, int question,
                const std::string& value) {
  UnknownFieldSet request;
  request.AddLengthDelimited(question, value);
  std::string bytes;
  request.SerializeToString(&bytes);
  const RawAnswer answer =
      CallBytes(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", bytes);
  if (answer.messages.empty()) throw std::runtime_error("reflection: " + Describe(answer.status));
  return answer.messages.front();
}

}  // namespace

std::vector<std::string> ReflectionClient::ListServices() {
  std::vector<std::string> names;
  for (const std::string& list :
       FieldsOf(Ask(channel_, kListServices, ""), kListServicesResponse)) {
    for (const std::string& service : FieldsOf(list, 1)) {
      for (const std::string& name : FieldsOf(service, 1)) names.push_back(name);
    }
  }
  return names;
}

const google::protobuf::ServiceDescriptor* ReflectionClient::Describe(const std::string& service) {
  const std::string answer = Ask(channel_, kFileContainingSymbol, service);
  for (const std::string& files : FieldsOf(answer, kFileDescriptorResponse)) {
    for (const std::string& file : FieldsOf(files, 1)) {
      google::protobuf::FileDescriptorProto proto;
      if (!proto.ParseFromString(file)) throw std::runtime_error("reflection: not a file");
      google::protobuf::FileDescriptorProto before;
      if (!files_.FindFileByName(proto.name(), &before)) files_.Add(proto);
    }
  }
  return pool_.FindServiceByName(service);
}

}  // namespace waybill::test
