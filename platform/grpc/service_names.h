// ServiceNames learns which services a gRPC server serves.
#pragma once

#include <grpcpp/impl/server_builder_option.h>

#include <memory>
#include <string>
#include <vector>

namespace waybill::grpc {

// For ServerBuilder::SetOption. Fills `names` in BuildAndStart with the full names of all services,
// those of gRPC itself (health, reflection) included: the list that reflection shows. Borrows
// `names` until then.
class ServiceNames final : public ::grpc::ServerBuilderOption {
 public:
  explicit ServiceNames(std::vector<std::string>& names) : names_(names) {}

  void UpdateArguments(::grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<::grpc::ServerBuilderPlugin>>* plugins) override;

 private:
  std::vector<std::string>& names_;
};

}  // namespace waybill::grpc
