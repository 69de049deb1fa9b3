// The services of the protos, for tools and tests that go through all of them.
#pragma once

#include <google/protobuf/descriptor.h>

#include <vector>

namespace waybill::rpc {

// Every service of ours, without gRPC's own. The descriptors live as long as the process.
std::vector<const google::protobuf::ServiceDescriptor*> Services();

}  // namespace waybill::rpc
