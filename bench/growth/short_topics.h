// Sets how long topics keep their records.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/kafka/client_config.h"

namespace waybill::bench {

// Replaces the settings of the topics (full names) by `settings`. Blocks for about 60 s at most; throws
// std::runtime_error.
void SetTopics(const kafka::KafkaConfig& kafka, const std::vector<std::string>& topics,
               const std::map<std::string, std::string>& settings);

}  // namespace waybill::bench
