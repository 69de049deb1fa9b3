#include "platform/kafka/acl.h"

#include <map>
#include <memory>
#include <span>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "platform/kafka/admin_client.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::kafka {
namespace {

using Binding = std::unique_ptr<rd_kafka_AclBinding_t, decltype(&rd_kafka_AclBinding_destroy)>;

// Returns null if librdkafka rejects `acl`; then `error` has the reason.
template <auto New>
Binding MakeBinding(const Acl& acl, std::span<char> error) {
  return {
      New(acl.resource, acl.name.c_str(),
          acl.is_prefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
          acl.principal.c_str(), "*", acl.operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
          error.data(), error.size()),
      &rd_kafka_AclBinding_destroy};
}

// Sets the field of `acl` that `option` names. False if the option or its value is unknown.
bool Take(std::string_view option, std::string_view value, Acl& acl) {
  static const auto* const operations = new std::map<std::string_view, rd_kafka_AclOperation_t>{
      {"Read", RD_KAFKA_ACL_OPERATION_READ},
      {"Write", RD_KAFKA_ACL_OPERATION_WRITE},
      {"Describe", RD_KAFKA_ACL_OPERATION_DESCRIBE},
      {"DescribeConfigs", RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS}};
  if (option == "--allow-principal") {
    acl.principal = std::string(value);
  } else if (option == "--operation") {
    const auto found = operations->find(value);
    if (found == operations->end()) return false;
    acl.operation = found->second;
  } else if (option == "--topic" || option == "--group") {
    acl.resource = option == "--topic" ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_GROUP;
    acl.name = std::string(value);
  } else {
    return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::vector<Acl>> ParseAcls(std::string_view text, std::string_view prefix) {
  std::vector<Acl> acls;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words.front().front() == '#') continue;
    Acl acl;
    acl.operation = RD_KAFKA_ACL_OPERATION_UNKNOWN;
    bool is_right = words.size() == 6;
    for (std::size_t i = 0; is_right && i < words.size(); i += 2) {
      is_right = Take(words[i], words[i + 1], acl);
    }
    if (!is_right || acl.principal.empty() || acl.name.empty() ||
        acl.operation == RD_KAFKA_ACL_OPERATION_UNKNOWN) {
      return absl::InvalidArgumentError(StrCat(
          "\"", ToStd(line),
          "\" is not --allow-principal User:NAME --operation OPERATION --topic|--group NAME, "
          "where OPERATION is Read, Write, Describe or DescribeConfigs"));
    }
    acl.name.insert(0, prefix);
    acls.push_back(std::move(acl));
  }
  return acls;
}

absl::Status Allow(const KafkaConfig& config, const std::vector<Acl>& acls,
                   absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<AdminClient> admin, AdminClient::Create(config));
  std::vector<Binding> bindings;
  std::vector<rd_kafka_AclBinding_t*> requests;
  for (const Acl& acl : acls) {
    char error[256];
    Binding binding = MakeBinding<rd_kafka_AclBinding_new>(acl, error);
    if (binding == nullptr) return absl::InvalidArgumentError(StrCat(acl.name, ": ", error));
    requests.push_back(binding.get());
    bindings.push_back(std::move(binding));
  }
  const auto options = admin->MakeOptions(RD_KAFKA_ADMIN_OP_CREATEACLS, timeout);
  rd_kafka_CreateAcls(admin->client(), requests.data(), requests.size(), options.get(),
                      admin->queue());
  ASSIGN_OR_RETURN(const AdminClient::Event event, admin->Await(timeout));
  std::size_t count = 0;
  const rd_kafka_acl_result_t** results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_error_t* error = rd_kafka_acl_result_error(results[i]);
    if (error == nullptr) continue;
    return absl::PermissionDeniedError(
        StrCat(acls[i].principal, ", ", acls[i].name, ": ", rd_kafka_error_string(error)));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> AreInEffect(const KafkaConfig& config, const std::vector<Acl>& acls,
                                 absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<AdminClient> admin, AdminClient::Create(config));
  for (const Acl& acl : acls) {
    char error[256];
    const Binding filter = MakeBinding<rd_kafka_AclBindingFilter_new>(acl, error);
    if (filter == nullptr) return absl::InvalidArgumentError(StrCat(acl.name, ": ", error));
    const auto options = admin->MakeOptions(RD_KAFKA_ADMIN_OP_DESCRIBEACLS, timeout);
    rd_kafka_DescribeAcls(admin->client(), filter.get(), options.get(), admin->queue());
    ASSIGN_OR_RETURN(const AdminClient::Event event, admin->Await(timeout));
    std::size_t count = 0;
    rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event.get()), &count);
    if (count == 0) return false;
  }
  return true;
}

}  // namespace waybill::kafka
