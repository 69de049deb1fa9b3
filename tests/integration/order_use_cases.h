// order_svc's use cases over a database of the test's own, without the process around them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/time/clock.h"
#include "order_svc/storage/stores.h"
#include "order_svc/transport/events.h"
#include "platform/postgres/pool.h"
#include "tests/support/test_database.h"

namespace waybill::order_svc {

class OrderUseCaseTest : public ::testing::Test {
 protected:
  // In one transaction, which must succeed.
  void Change(const std::function<void(Stores&)>& change) {
    const absl::Status status =
        unit_of_work_.Run("test", absl::Now() + absl::Seconds(20), [&](Stores& stores) {
          change(stores);
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::int64_t Count(const std::string& table) {
    return db_.QueryInt("SELECT count(*) FROM " + table);
  }

  test::TestDatabase db_{"orders"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("order_svc"), .pool_size = 4}, "test"};
  UnitOfWork unit_of_work_{pool_, &Encode};
};

}  // namespace waybill::order_svc
