// notification_svc's use cases over a database of the test's own, without the process around them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "notification_svc/application/queue_mails.h"
#include "notification_svc/storage/stores.h"
#include "notification_svc/transport/events.h"
#include "platform/inbox/event_handler.h"
#include "platform/postgres/pool.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/integration/notification_events.h"
#include "tests/support/test_database.h"

namespace waybill::notification_svc {

class NotificationUseCaseTest : public ::testing::Test {
 protected:
  // What the consumer engine does with a batch.
  absl::Status Handle(const std::vector<events::IncomingEvent>& batch) {
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(60)},
        [&](postgres::Transaction& tx) { return handler_.Handle(tx, batch); });
    if (status.ok()) handler_.OnCommitted();
    return status;
  }
  void Queue(const std::vector<events::IncomingEvent>& batch) {
    const absl::Status status = Handle(batch);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::int64_t Count(const std::string& where) {
    return db_.QueryInt("SELECT count(*) FROM mails WHERE " + where);
  }
  std::string StateOf(const EventId& id) {
    return db_.QueryText("SELECT state FROM mails WHERE mail_id = '" + id.ToString() + "'");
  }

  test::TestDatabase db_{"notifications"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("notification_svc"), .pool_size = 20}, "test"};
  const UnitOfWork unit_of_work_{pool_};
  // Stands for the one that sends; counts its rounds, once started.
  std::atomic<int> rounds_{0};
  PeriodicWorker worker_{"test", absl::Hours(1), [this]() -> absl::StatusOr<RoundResult> {
                           ++rounds_;
                           return RoundResult::kIdle;
                         }};
  QueueMails queue_mails_{worker_};
  inbox::EventHandler<Stores, QueueMails> handler_{Topics(), EventDecoders(), unit_of_work_,
                                                   queue_mails_};
};

}  // namespace waybill::notification_svc
