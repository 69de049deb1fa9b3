// access_check FILE: fails the build when a method doesn't say who may call it. FILE is a
// FileDescriptorSet with all protos. Prints each such method.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/match.h"
#include "waybill/access/v1/access.pb.h"

int main(int argc, char** argv) {
  google::protobuf::FileDescriptorSet set;
  std::ifstream file(argc == 2 ? argv[1] : "", std::ios::binary);
  if (!set.ParseFromIstream(&file)) {
    std::fprintf(stderr, "access_check: usage: access_check FILE-DESCRIPTOR-SET\n");
    return 2;
  }
  int silent = 0;
  for (const google::protobuf::FileDescriptorProto& proto : set.file()) {
    if (!absl::StartsWith(proto.package(), "waybill.")) continue;
    for (const auto& service : proto.service()) {
      for (const auto& method : service.method()) {
        if (method.options().ExtensionSize(waybill::access::v1::allowed) > 0) continue;
        ++silent;
        std::fprintf(stderr,
                     "%s: %s.%s doesn't say who may call it: option (waybill.access.v1.allowed)\n",
                     proto.name().c_str(), service.name().c_str(), method.name().c_str());
      }
    }
  }
  return silent == 0 ? 0 : 1;
}
