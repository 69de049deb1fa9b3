#include "platform/grpc/service_names.h"

#include <grpcpp/impl/server_initializer.h>

namespace waybill::grpc {
namespace {

class Plugin final : public ::grpc::ServerBuilderPlugin {
 public:
  explicit Plugin(std::vector<std::string>& names) : names_(names) {}

  std::string name() override { return "service_names"; }
  void InitServer(::grpc::ServerInitializer*) override {}
  // All services are registered by now.
  void Finish(::grpc::ServerInitializer* server) override { names_ = *server->GetServiceList(); }
  void ChangeArguments(const std::string&, void*) override {}

 private:
  std::vector<std::string>& names_;
};

}  // namespace

void ServiceNames::UpdatePlugins(
    std::vector<std::unique_ptr<::grpc::ServerBuilderPlugin>>* plugins) {
  plugins->push_back(std::make_unique<Plugin>(names_));
}

}  // namespace waybill::grpc
