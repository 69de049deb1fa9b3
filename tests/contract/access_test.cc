// The table in docs/security.md says what the protos say, and every method says who may call it.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "platform/grpc/access.h"
#include "waybill/catalog/v1/catalog_service.pb.h"
#include "waybill/inventory/v1/inventory_service.pb.h"
#include "waybill/ops/v1/parked_event_service.pb.h"
#include "waybill/orders/v1/order_service.pb.h"
#include "waybill/payments/v1/payment_service.pb.h"

namespace waybill::grpc {
namespace {

using Table = std::map<std::string, std::string>;

std::vector<const google::protobuf::MethodDescriptor*> Methods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const google::protobuf::FileDescriptor* file :
       {orders::v1::PlaceOrderRequest::descriptor()->file(),
        catalog::v1::ListProductsRequest::descriptor()->file(),
        inventory::v1::GetStockRequest::descriptor()->file(),
        payments::v1::GetPaymentRequest::descriptor()->file(),
        ops::v1::ListParkedEventsRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
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
