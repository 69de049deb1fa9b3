#include "inventory_svc/config.h"

namespace waybill::inventory_svc {

Config ReadConfig(ConfigReader& reader) {
  return {service::ReadHostConfig(reader, "127.0.0.1:7103")};
}

}  // namespace waybill::inventory_svc
