// ServiceNames collects the names of the services that a gRPC server serves.
#pragma once

#include <grpcpp/impl/server_builder_option.h>

#include <memory>
#include <string>
#include <vector>

namespace waybill::grpc {

// Pass it to ServerBuilder::SetOption. BuildAndStart then fills `names` with the full names of all
// services, including gRPC's own (health, reflection), as reflection lists them. Borrows `names`
// until then.
class ServiceNames final : public ::grpc::ServerBuilderOption {
 public:
  explicit ServiceNames(std::vector<std::string>& names) : names_(names) {}

  void UpdateArguments(::grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<::grpc::ServerBuilderPlugin>>* plugins) override;

 private:
  std::vector<std::string>& names_;
};

}  // namespace waybill::grpc
