#include "tools/orderctl/databases.h"

#include <array>

#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"

namespace waybill::orderctl {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);

}  // namespace

const std::string& DatabaseOf(const Databases& databases, verify::Consumer service) {
  const std::array<const std::string*, verify::kConsumers> all = {
      &databases.orders, &databases.payments, &databases.inventory, &databases.notifications};
  return *all[static_cast<std::size_t>(service)];
}

postgres::PostgresConfig OneSession(const std::string& conninfo) {
  postgres::PostgresConfig config;
  config.conninfo = conninfo;
  config.pool_size = 1;
  return config;
}

absl::Status RunIn(postgres::Pool& pool, const std::string& what,
                   absl::FunctionRef<absl::Status(postgres::Transaction&)> body) {
  return postgres::RunTransaction(pool, {.name = what, .deadline = absl::Now() + kTimeout}, body);
}

}  // namespace waybill::orderctl
