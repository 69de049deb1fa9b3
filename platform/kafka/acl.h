// ACLs (access control lists) say which user may do what with a broker's topics and consumer groups.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"

namespace waybill::kafka {

// Allows one operation on one topic or group.
struct Acl {
  // "User:order_svc".
  std::string principal;
  rd_kafka_AclOperation_t operation = RD_KAFKA_ACL_OPERATION_READ;
  // RD_KAFKA_RESOURCE_TOPIC or RD_KAFKA_RESOURCE_GROUP.
  rd_kafka_ResourceType_t resource = RD_KAFKA_RESOURCE_TOPIC;
  // The full name; with is_prefix, what the names begin with.
  std::string name;
  bool is_prefix = false;
};

// Reads lines of the arguments that Kafka's own kafka-acls.sh takes:
//
//   --allow-principal User:order_svc --operation Read --topic payments.events
//
// Blank lines and those that begin with # are skipped. The operations are Read, Write, Describe and
// DescribeConfigs; instead of a topic there may be a --group. kInvalidArgument names the line.
//
// `prefix` comes before each name (KafkaConfig::topic_prefix).
absl::StatusOr<std::vector<Acl>> ParseAcls(std::string_view text, std::string_view prefix = "");

// Adds the ACLs to the broker's; those that exist stay. Their names are full names: the prefix of
// `config` isn't added. They take effect a moment later, once the brokers have them from the
// controller. Thread-safe. Blocks for at most `timeout` and 1 s. kInvalidArgument: librdkafka rejects
// a setting or an ACL. kUnavailable: no broker answered in time. kPermissionDenied: the broker has no
// authorizer, or the caller may not do this.
absl::Status Allow(const KafkaConfig& config, const std::vector<Acl>& acls, absl::Duration timeout);

// Whether the broker that answers has all of them. Thread-safe. Blocks for at most `timeout` and 1 s
// per ACL. kInvalidArgument as Allow. kUnavailable: no broker answered in time, or it refuses the query.
absl::StatusOr<bool> AreInEffect(const KafkaConfig& config, const std::vector<Acl>& acls,
                                 absl::Duration timeout);

}  // namespace waybill::kafka
