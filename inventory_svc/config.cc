#include "inventory_svc/config.h"

namespace waybill::inventory_svc {

Config ReadConfig(ConfigReader& reader) {
  Config config{service::ReadHostConfig(reader, "127.0.0.1:7103")};
  config.request_key_retention = request_keys::ReadRetention(reader);
  return config;
}

}  // namespace waybill::inventory_svc
