// Asks a server by reflection (grpc.reflection.v1alpha) what it serves.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace waybill::test {

// Not thread-safe. A call that fails throws std::runtime_error.
class ReflectionClient {
 public:
  explicit ReflectionClient(std::shared_ptr<::grpc::Channel> channel)
      : channel_(std::move(channel)) {}

  std::vector<std::string> ListServices();
  // The service as the server describes it; null when it can't. Lives as long as this client.
  const google::protobuf::ServiceDescriptor* Describe(const std::string& service);

 private:
  const std::shared_ptr<::grpc::Channel> channel_;
  google::protobuf::SimpleDescriptorDatabase files_;
  google::protobuf::DescriptorPool pool_{&files_};
};

}  // namespace waybill::test
