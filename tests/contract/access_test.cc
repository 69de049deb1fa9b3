// The table in docs/security.md says what the protos say, and every method says who may call it.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "platform/grpc/access.h"
#include "tools/rpc/services.h"

namespace waybill::grpc {
namespace {

using Table = std::map<std::string, std::string>;

std::vector<const google::protobuf::MethodDescriptor*> Methods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const google::protobuf::ServiceDescriptor* service : rpc::Services()) {
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

Table FromProtos() {
  Table table;
  for (const google::protobuf::MethodDescriptor* method : Methods()) {
    const MethodAccess access = AccessOf(*method);
    EXPECT_FALSE(access.allowed.empty()) << access.method;
    table[access.method] = access.allowed.ToString();
  }
  return table;
}

Table FromDocs() {
  std::ifstream file(WAYBILL_SECURITY_PAGE);
  Table table;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != 7 || !absl::StrContains(cells[1], "Service.")) continue;
    auth::Roles allowed;
    for (int i = 0; i < 4; ++i) {
      if (!absl::StripAsciiWhitespace(cells[i + 2]).empty()) {
        allowed.Add(static_cast<auth::Role>(i + 1));
      }
    }
    table[std::string(absl::StripAsciiWhitespace(cells[1]))] = allowed.ToString();
  }
  return table;
}

// Reads are named so, and say so: an audit trail is kept of all else that operators call.
TEST(AccessTest, WhatOnlyReadsHasNoSideEffects) {
  for (const google::protobuf::MethodDescriptor* method : Methods()) {
    const bool reads = absl::StartsWith(method->name(), "Get") ||
                       absl::StartsWith(method->name(), "List") ||
                       absl::StartsWith(method->name(), "Watch");
    EXPECT_EQ(
        method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS,
        reads)
        << method->full_name();
  }
}

TEST(AccessTest, TheTableInTheDocsIsThatOfTheProtos) { EXPECT_EQ(FromDocs(), FromProtos()); }

}  // namespace
}  // namespace waybill::grpc
