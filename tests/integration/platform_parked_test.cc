// Replaying and discarding parked events against a real database, beside a consumer that goes on.
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <future>
#include <thread>

#include "absl/time/clock.h"
#include "platform/inbox/batch_processor.h"
#include "platform/inbox/parked_event_desk.h"
#include "platform/types/error.h"
#include "tests/support/test_database.h"
#include "tests/support/wait.h"

namespace waybill::inbox {
namespace {

constexpr postgres::Statement kEffect{"effect", "INSERT INTO effects (note) VALUES ($1::text)"};
constexpr char kConsumer[] = "inventory_svc";

// Writes each event's payload into `effects`, after asking `fail`.
class FallibleHandler : public BatchHandler {
 public:
  std::vector<std::string> topics() const override { return {"orders.events"}; }
  bool Handles(const std::string& type) const override { return type == "known"; }
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override {
    for (const events::IncomingEvent& event : events) {
      if (absl::Status status = fail(event); !status.ok()) return status;
      tx.Exec(kEffect, event.payload);
      if (after_effect) after_effect();
    }
    return absl::OkStatus();
  }

  std::function<absl::Status(const events::IncomingEvent&)> fail =
      [](const events::IncomingEvent&) { return absl::OkStatus(); };
  std::function<void()> after_effect;
};

absl::Time Soon() { return absl::Now() + absl::Seconds(15); }

class ParkedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.Exec(
        "CREATE TABLE effects (n serial, note text); GRANT ALL ON effects TO PUBLIC;"
        "GRANT ALL ON effects_n_seq TO PUBLIC");
    handler_.fail = [](const events::IncomingEvent& event) {
      return event.payload.starts_with("bad") ? absl::InvalidArgumentError("no good")
                                              : absl::OkStatus();
    };
  }

  ReceivedEvent Event(const std::string& key, const std::string& payload) {
    ReceivedEvent received;
    received.partition = {"orders.events", 0};
    received.offset = next_offset_++;
    received.produced_at = absl::Now();
    received.key = key;
    received.event = {.id = EventId::New(),
                      .topic = "orders.events",
                      .type = "known",
                      .key = key,
                      .sequence = 1,
                      .trace = TraceContext::NewRoot(),
                      .payload = payload};
    received.headers = {{"ce_id", received.event.id.ToString()}, {"ce_type", "known"}};
    return received;
  }

  void Process(const std::vector<ReceivedEvent>& events) {
    std::vector<const ReceivedEvent*> batch;
    for (const ReceivedEvent& event : events) batch.push_back(&event);
    EXPECT_TRUE(processor_.Process(batch).pending.empty());
  }

  std::string Effects() {
    return db_.QueryText("SELECT coalesce(string_agg(note, ' ' ORDER BY n), '') FROM effects");
  }
  std::string Parked() {
    return db_.QueryText(
        "SELECT coalesce(string_agg(convert_from(payload, 'UTF8') || ':' || reason, ' ' ORDER BY "
        "id), '') FROM parked_events");
  }
  std::int64_t HeldKeys() { return db_.QueryInt("SELECT count(*) FROM parked_keys"); }
  std::int64_t IdOf(const std::string& payload) {
    return db_.QueryInt("SELECT id FROM parked_events WHERE payload = '" + payload + "'");
  }

  // "replayed", "failed" and "behind" of each event tried.
  std::string Replay(ParkedEventDesk& desk, const ParkedSelection& selection) {
    const auto result = desk.Replay(selection, Soon());
    if (!result.ok()) return result.status().ToString();
    EXPECT_FALSE(result->rest.has_value());
    std::string outcomes;
    for (const Replayed& one : result->events) {
      const char* const names[] = {"replayed ", "failed ", "behind "};
      outcomes += names[static_cast<int>(one.outcome)];
      EXPECT_EQ(one.error.empty(), one.outcome == ReplayOutcome::kReplayed);
    }
    return outcomes;
  }
  std::string Replay(const ParkedSelection& selection = {}) { return Replay(desk_, selection); }
  static ParkedSelection Key(const std::string& key) { return {.topic = std::nullopt, .key = key}; }
  static ParkedSelection Only(std::int64_t id) {
    return {.topic = std::nullopt, .key = std::nullopt, .first_id = id, .last_id = id};
  }

  // The fix that makes every event processable.
  void Fix() {
    replay_handler_.fail = [](const events::IncomingEvent&) { return absl::OkStatus(); };
    handler_.fail = replay_handler_.fail;
  }

  test::TestDatabase db_{"inventory"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc")}, "test"};
  FallibleHandler handler_, replay_handler_;
  BatchProcessor processor_{kConsumer, "inventory_svc.dlq", pool_, handler_};
  ParkedEventDesk desk_{kConsumer, pool_, replay_handler_};
  std::int64_t next_offset_ = 0;
};

TEST_F(ParkedTest, AFixedKeyIsReplayedInOrderAndReleased) {
  Process({Event("k", "bad"), Event("other", "bad other"), Event("k", "next"), Event("k", "last")});
  EXPECT_EQ(Parked(), "bad:INVALID bad other:INVALID next:BEHIND last:BEHIND");
  Fix();
  EXPECT_EQ(Replay(Key("k")), "replayed replayed replayed ");
  EXPECT_EQ(Effects(), "bad next last");
  EXPECT_EQ(Parked(), "bad other:INVALID");
  EXPECT_EQ(HeldKeys(), 1);
  Process({Event("k", "new")});
  EXPECT_EQ(Effects(), "bad next last new");
}

TEST_F(ParkedTest, AllAndARangeAreReplayedInOrderOfArrival) {
  Process({Event("a", "bad 1"), Event("b", "bad 2"), Event("a", "3"), Event("c", "bad 4")});
  Fix();
  EXPECT_EQ(Replay({.topic = std::nullopt,
                    .key = std::nullopt,
                    .first_id = IdOf("bad 2"),
                    .last_id = IdOf("3")}),
            "replayed behind ");
  EXPECT_EQ(Effects(), "bad 2");
  EXPECT_EQ(Replay(), "replayed replayed replayed ");
  EXPECT_EQ(Effects(), "bad 2 bad 1 3 bad 4");
  EXPECT_EQ(HeldKeys(), 0);
}

TEST_F(ParkedTest, AnEventIsNotReplayedBeforeAnEarlierOneOfItsKey) {
  Process({Event("k", "bad"), Event("k", "next")});
  Fix();
  EXPECT_EQ(Replay(Only(IdOf("next"))), "behind ");
  EXPECT_EQ(Effects(), "");
  EXPECT_EQ(Replay(Only(IdOf("bad"))), "replayed ");
  EXPECT_EQ(Parked(), "next:BEHIND");
  EXPECT_EQ(HeldKeys(), 1);
  EXPECT_EQ(Replay(Only(IdOf("next"))), "replayed ");
  EXPECT_EQ(HeldKeys(), 0);
}

TEST_F(ParkedTest, AReplayThatFailsStaysParkedWithTheNewErrorAndHoldsItsKey) {
  Process({Event("k", "bad"), Event("k", "next")});
  replay_handler_.fail = [](const events::IncomingEvent& event) {
    return event.payload == "bad" ? absl::NotFoundError("still no such order") : absl::OkStatus();
  };
  EXPECT_EQ(Replay(), "failed behind ");
  EXPECT_EQ(Effects(), "");
  EXPECT_EQ(Parked(), "bad:MISSING next:BEHIND");
  const auto event = desk_.Get(IdOf("bad"), Soon());
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->error, "still no such order");
  EXPECT_EQ(event->failed_replays, 1);
  EXPECT_TRUE(event->last_replay_at.has_value());
}

TEST_F(ParkedTest, APassingFailureChangesNothingAndIsAnError) {
  Process({Event("k", "bad")});
  replay_handler_.fail = [](const events::IncomingEvent&) {
    return absl::UnavailableError("not now");
  };
  const auto result = desk_.Replay({}, absl::Now() + absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(result.status())) << result.status();
  EXPECT_EQ(db_.QueryInt("SELECT failed_replays FROM parked_events"), 0);
}

TEST_F(ParkedTest, AnEventThatComesDuringAReplayDoesNotOvertakeIt) {
  Process({Event("k", "bad")});
  Fix();
  std::promise<void> in_effect;
  std::thread consumer([&] {
    in_effect.get_future().wait();
    Process({Event("k", "new")});
  });
  replay_handler_.after_effect = [&] {
    in_effect.set_value();
    // Until the consumer waits for the key's lock.
    test::WaitUntil(
        [&] {
          return db_.QueryInt(
                     "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                     "datname = current_database()") == 1;
        },
        "the consumer to wait");
  };
  EXPECT_EQ(Replay(), "replayed ");
  consumer.join();
  EXPECT_EQ(Effects(), "bad new");
  EXPECT_EQ(Parked(), "");
}

TEST_F(ParkedTest, WhatIsParkedBehindDuringAReplayKeepsItsKeyHeld) {
  Process({Event("k", "bad"), Event("k", "bad too")});
  replay_handler_.fail = [](const events::IncomingEvent& event) {
    return event.payload == "bad too" ? absl::InvalidArgumentError("no") : absl::OkStatus();
  };
  EXPECT_EQ(Replay(), "replayed failed ");
  Process({Event("k", "new")});
  EXPECT_EQ(Parked(), "bad too:INVALID new:BEHIND");
  Fix();
  EXPECT_EQ(Replay(), "replayed replayed ");
  EXPECT_EQ(Effects(), "bad bad too new");
}

TEST_F(ParkedTest, ManyReplaysBesideTheConsumerHaveEachEffectOnceAndInOrder) {
  constexpr int kKeys = 5, kEach = 20;
  for (int key = 0; key < kKeys; ++key) Process({Event(std::to_string(key), "bad 0")});
  Fix();
  std::vector<std::thread> threads;
  std::atomic<bool> done{false};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      FallibleHandler handler;
      ParkedEventDesk desk(kConsumer, pool_, handler);
      while (!done || db_.QueryInt("SELECT count(*) FROM parked_events") > 0) {
        EXPECT_TRUE(desk.Replay({}, Soon()).ok());
      }
    });
  }
  for (int n = 1; n <= kEach; ++n) {
    for (int key = 0; key < kKeys; ++key) {
      Process({Event(std::to_string(key), std::to_string(key) + "/" + std::to_string(n))});
    }
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(HeldKeys(), 0);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM effects"), kKeys * (kEach + 1));
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM effects WHERE note = 'bad 0'"), kKeys);
  for (int key = 0; key < kKeys; ++key) {
    EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM (SELECT split_part(note, '/', 2)::int - "
                           "row_number() OVER (ORDER BY n) AS d FROM effects WHERE note LIKE '" +
                           std::to_string(key) + "/%') x WHERE d <> 0"),
              0);
  }
}

TEST_F(ParkedTest, ADeathBetweenEffectAndUnparkingLosesAndDoublesNothing) {
  Process({Event("k", "bad"), Event("k", "next")});
  const auto dies = [&] {
    postgres::Pool pool({.conninfo = db_.Conninfo("inventory_svc")}, "dying");
    FallibleHandler handler;
    handler.after_effect = [] { ::raise(SIGKILL); };
    ParkedEventDesk desk(kConsumer, pool, handler);
    (void)desk.Replay({}, Soon());
  };
  EXPECT_EXIT(dies(), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EQ(Effects(), "");
  EXPECT_EQ(Parked(), "bad:INVALID next:BEHIND");
  Fix();
  EXPECT_EQ(Replay(), "replayed replayed ");
  EXPECT_EQ(Effects(), "bad next");
}

TEST_F(ParkedTest, AReplayedEventThatIsDeliveredAgainChangesNothing) {
  const ReceivedEvent bad = Event("k", "bad");
  Process({bad});
  db_.Exec("DELETE FROM inbox");
  Fix();
  EXPECT_EQ(Replay(), "replayed ");
  Process({bad});
  EXPECT_EQ(Effects(), "bad");
}

TEST_F(ParkedTest, ADiscardedEventIsRecordedAndThoseBehindItStayParkedInOrder) {
  Process({Event("k", "bad"), Event("k", "next"), Event("k", "last")});
  const auto discarded = desk_.Discard(IdOf("bad"), "ann", "a test order", Soon());
  ASSERT_TRUE(discarded.ok()) << discarded.status();
  EXPECT_EQ(discarded->event.payload, "bad");
  EXPECT_EQ(discarded->left_behind, 2);
  EXPECT_EQ(Parked(), "next:BEHIND last:BEHIND");
  EXPECT_EQ(HeldKeys(), 1);
  EXPECT_EQ(Effects(), "");
  EXPECT_EQ(db_.QueryRows("SELECT convert_from(payload, 'UTF8'), park_reason, error, discarded_by, "
                          "reason FROM discarded_events"),
            (std::vector<std::vector<std::string>>{
                {"bad", "INVALID", "no good", "ann", "a test order"}}));
  EXPECT_EQ(ReasonOf(desk_.Discard(IdOf("next") - 1, "ann", "again", Soon()).status()),
            "NOT_PARKED");
  EXPECT_EQ(Replay(), "replayed replayed ");
  EXPECT_EQ(Effects(), "next last");
  EXPECT_EQ(HeldKeys(), 0);
}

TEST_F(ParkedTest, DiscardingTheLastOfAKeyReleasesItAndADeliveryAgainChangesNothing) {
  const ReceivedEvent bad = Event("k", "bad");
  Process({bad});
  ASSERT_TRUE(desk_.Discard(IdOf("bad"), "ann", "a test order", Soon()).ok());
  EXPECT_EQ(HeldKeys(), 0);
  Fix();
  Process({bad, Event("k", "next")});
  EXPECT_EQ(Effects(), "next");
}

TEST_F(ParkedTest, ARecordWithoutUsableEnvelopeIsShownAndFailsAgain) {
  ReceivedEvent nameless = Event("k", "nameless");
  nameless.envelope_error = "header ce_id is missing or not a UUID";
  nameless.headers = {{"x", "1"}};
  Process({nameless});
  const auto events = desk_.List({}, 10, 4, Soon());
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().key, std::nullopt);
  EXPECT_EQ(events->front().payload, "name");
  EXPECT_EQ(events->front().payload_size, 8);
  EXPECT_EQ(events->front().headers.at("x"), "1");
  EXPECT_EQ(Replay(), "failed ");
  EXPECT_EQ(Effects(), "");
}

TEST_F(ParkedTest, AnotherConsumersEventsAreNotTouched) {
  Process({Event("k", "bad")});
  ParkedEventDesk other("order_svc", pool_, replay_handler_);
  EXPECT_EQ(Replay(other, {}), "");
  EXPECT_TRUE(absl::IsNotFound(other.Get(IdOf("bad"), Soon()).status()));
  EXPECT_TRUE(absl::IsNotFound(other.Discard(IdOf("bad"), "x", "y", Soon()).status()));
  EXPECT_EQ(Parked(), "bad:INVALID");
}

}  // namespace
}  // namespace waybill::inbox
