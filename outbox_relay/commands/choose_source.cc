#include "outbox_relay/commands/choose_source.h"

#include "platform/types/strings.h"

namespace waybill::outbox_relay {

absl::StatusOr<SourceConfig> ChooseSource(const RelayConfig& config, const std::string& name) {
  if (name.empty() && config.sources.size() == 1) return config.sources[0];
  for (const SourceConfig& source : config.sources) {
    if (source.name == name) return source;
  }
  return absl::InvalidArgumentError(name.empty()
                                        ? "there are several sources: name one with --source"
                                        : StrCat("there is no source ", name));
}

}  // namespace waybill::outbox_relay
