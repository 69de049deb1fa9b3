// The batch processor against a real database, with a handler that fails on request.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "platform/inbox/batch_processor.h"
#include "platform/inbox/inbox_retirement.h"
#include "platform/inbox/missing_rows.h"
#include "platform/postgres/unit_of_work.h"
#include "tests/support/test_database.h"

namespace waybill::inbox {
namespace {

constexpr postgres::Statement kEffect{"effect", "INSERT INTO effects (note) VALUES ($1::text)"};

constexpr postgres::Statement kOtherEffect{"other_effect",
                                           "INSERT INTO other_effects (note) VALUES ($1::text)"};

// Writes each event's payload into `effects`, after asking `fail`.
class RecordingHandler : public BatchHandler {
 public:
  std::vector<std::string> topics() const override { return {"orders.events"}; }
  bool Handles(const std::string& type) const override {
    return type == "known" || type == "other";
  }
  absl::Status Handle(postgres::Transaction& tx,
                      absl::Span<const events::IncomingEvent> events) override {
    ++calls;
    std::set<std::string> keys;
    for (const events::IncomingEvent& event : events) {
      if (missing(event)) keys.insert(event.key);
    }
    if (!keys.empty()) return MissingRows(keys);
    for (const events::IncomingEvent& event : events) {
      if (absl::Status status = fail(event); !status.ok()) return status;
      tx.Exec(event.type == "other" ? kOtherEffect : kEffect, event.payload);
    }
    return absl::OkStatus();
  }

  std::function<absl::Status(const events::IncomingEvent&)> fail =
      [](const events::IncomingEvent&) { return absl::OkStatus(); };
  // Of these the handler says that their rows are missing.
  std::function<bool(const events::IncomingEvent&)> missing = [](const events::IncomingEvent&) {
    return false;
  };
  void OnCommitted() override { ++committed; }

  int calls = 0;
  int committed = 0;
};

class InboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.Exec(
        "CREATE TABLE effects (n serial, note text); GRANT ALL ON effects TO PUBLIC;"
        "GRANT ALL ON effects_n_seq TO PUBLIC;"
        "CREATE TABLE other_effects (note text); GRANT ALL ON other_effects TO PUBLIC");
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
    return received;
  }

  BatchProcessor::Result Process(const std::vector<ReceivedEvent>& events) {
    std::vector<const ReceivedEvent*> batch;
    for (const ReceivedEvent& event : events) batch.push_back(&event);
    return processor_.Process(batch);
  }

  std::string Effects() {
    return db_.QueryText("SELECT coalesce(string_agg(note, ' ' ORDER BY n), '') FROM effects");
  }
  std::string Parked() {
    return db_.QueryText(
        "SELECT coalesce(string_agg(convert_from(payload, 'UTF8') || ':' || reason, ' ' ORDER BY "
        "id), '')"
        " FROM parked_events");
  }

  test::TestDatabase db_{"inventory"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("inventory_svc")}, "test"};
  RecordingHandler handler_;
  BatchProcessor processor_{"inventory_svc", "inventory_svc.dlq", pool_, handler_};
  std::int64_t next_offset_ = 0;
};

TEST_F(InboxTest, AnEventTakesEffectOnceHoweverOftenItIsDelivered) {
  const ReceivedEvent a = Event("k1", "a"), b = Event("k2", "b");
  EXPECT_TRUE(Process({a, a, b}).pending.empty());
  EXPECT_TRUE(Process({b, a}).pending.empty());
  EXPECT_EQ(Effects(), "a b");
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM inbox"), 2);
}

TEST_F(InboxTest, TwoConsumersOfOneEventAtOnceHaveOneEffect) {
  const ReceivedEvent a = Event("k1", "a");
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      RecordingHandler handler;
      BatchProcessor processor("inventory_svc", "inventory_svc.dlq", pool_, handler);
      const ReceivedEvent* one = &a;
      EXPECT_TRUE(processor.Process({&one, 1}).pending.empty());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Effects(), "a");
}

TEST_F(InboxTest, ABadEventIsParkedAndTheRestOfItsBatchIsNot) {
  handler_.fail = [](const events::IncomingEvent& event) {
    return event.payload == "bad" ? absl::InvalidArgumentError("quantity is negative")
                                  : absl::OkStatus();
  };
  std::vector<ReceivedEvent> events;
  for (int i = 0; i < 20; ++i)
    events.push_back(Event("k" + std::to_string(i), "e" + std::to_string(i)));
  events.insert(events.begin() + 7, Event("kbad", "bad"));
  EXPECT_TRUE(Process(events).pending.empty());
  EXPECT_EQ(Effects(), "e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 e10 e11 e12 e13 e14 e15 e16 e17 e18 e19");
  EXPECT_EQ(Parked(), "bad:INVALID");
  // Halving twenty-one costs a handful of transactions, not twenty-one.
  EXPECT_LE(handler_.calls, 11);
}

TEST_F(InboxTest, WhatComesBehindAParkedEventOfItsKeyIsParkedInOrderAndOtherKeysGoOn) {
  handler_.fail = [](const events::IncomingEvent& event) {
    return event.payload == "bad" ? absl::InvalidArgumentError("no") : absl::OkStatus();
  };
  EXPECT_TRUE(
      Process({Event("k", "bad"), Event("k", "next"), Event("other", "fine")}).pending.empty());
  EXPECT_TRUE(Process({Event("k", "later")}).pending.empty());
  EXPECT_EQ(Effects(), "fine");
  EXPECT_EQ(Parked(), "bad:INVALID next:BEHIND later:BEHIND");
}

TEST_F(InboxTest, AParkedEventIsCopiedToTheDeadLettersAndDeliveredAgainChangesNothing) {
  handler_.fail = [](const events::IncomingEvent&) {
    return absl::InvalidArgumentError("no \"good\"");
  };
  const ReceivedEvent bad = Event("k", "bad");
  Process({bad});
  Process({bad});
  EXPECT_EQ(Parked(), "bad:INVALID");
  const auto rows = db_.QueryRows(
      "SELECT topic, key, convert_from(payload, 'UTF8'), headers->>'dlq_error', "
      "headers->>'dlq_event_id'"
      " FROM outbox");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"inventory_svc.dlq", "k", "bad", "no \"good\"",
                                               bad.event.id.ToString()}));
}

TEST_F(InboxTest, AConstraintInTheDatabaseParksToo) {
  db_.Exec("ALTER TABLE effects ADD CHECK (note <> 'bad')");
  EXPECT_TRUE(Process({Event("k1", "a"), Event("k2", "bad"), Event("k3", "b")}).pending.empty());
  EXPECT_EQ(Effects(), "a b");
  EXPECT_EQ(Parked(), "bad:INVALID");
}

TEST_F(InboxTest, AnErrorThatAllEventsOfATypeShareHoldsThemParksNobodyAndOtherTypesGoOn) {
  struct Case {
    std::string breaks;
    std::string mends;
  };
  for (const Case& fault :
       {Case{"ALTER TABLE effects ADD COLUMN must integer NOT NULL",
             "ALTER TABLE effects ALTER COLUMN must DROP NOT NULL"},
        Case{"ALTER TABLE effects RENAME COLUMN note TO remark",
             "ALTER TABLE effects RENAME COLUMN remark TO note"},
        Case{"ALTER TABLE effects RENAME TO effects_away",
             "ALTER TABLE effects_away RENAME TO effects"},
        Case{"REVOKE ALL ON effects FROM PUBLIC", "GRANT ALL ON effects TO PUBLIC"},
        Case{
            "CREATE TABLE days (day date, note text) PARTITION BY RANGE (day);"
            "CREATE FUNCTION note_day() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO days VALUES (now(), NEW.note); RETURN NEW; END $$;"
            "CREATE TRIGGER days BEFORE INSERT ON effects FOR EACH ROW EXECUTE FUNCTION note_day();"
            "GRANT ALL ON days TO PUBLIC",
            "DROP TABLE days CASCADE; DROP TRIGGER days ON effects"}}) {
    db_.Exec("TRUNCATE effects, other_effects");
    std::vector<ReceivedEvent> events;
    for (int i = 0; i < 20; ++i) {
      events.push_back(Event("k" + std::to_string(i), "e" + std::to_string(i)));
      if (i % 3 == 0) events.back().event.type = "other";
    }
    // Behind a held event of its key.
    events.push_back(Event("k1", "late"));
    events.back().event.type = "other";
    db_.Exec(fault.breaks);
    const BatchProcessor::Result result = Process(events);
    EXPECT_FALSE(result.outage) << fault.breaks;
    EXPECT_EQ(result.pending.size(), 14u) << fault.breaks;
    EXPECT_EQ(Parked(), "") << fault.breaks;
    EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM other_effects"), 7) << fault.breaks;
    EXPECT_FALSE(pool_.Refusal().ok()) << "readiness says so";
    db_.Exec(fault.mends);
    EXPECT_TRUE(Process(events).pending.empty()) << fault.mends;
    EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM effects"), 13);
    EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM other_effects"), 8);
  }
}

TEST_F(InboxTest, AHandlerIsToldOfItsOwnCommittedWorkAlone) {
  db_.Exec(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " RAISE EXCEPTION 'not at commit' USING ERRCODE = 'check_violation'; END $$;"
      "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON effects DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW WHEN (NEW.note = 'bad at commit') EXECUTE FUNCTION refuse()");
  const ReceivedEvent good = Event("a", "good");
  Process({good});
  EXPECT_EQ(handler_.committed, 1);
  Process({Event("b", "bad at commit")});
  EXPECT_EQ(handler_.calls, 2);
  Process({good});
  EXPECT_EQ(handler_.committed, 1);
}

TEST_F(InboxTest, ARecordWithoutUsableEnvelopeIsParkedAlone) {
  ReceivedEvent nameless = Event("k", "nameless");
  nameless.envelope_error = "header ce_id is missing or not a UUID";
  EXPECT_TRUE(Process({nameless, Event("k", "next")}).pending.empty());
  EXPECT_EQ(Effects(), "next");
  EXPECT_EQ(Parked(), "nameless:INVALID");
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM parked_keys"), 0);
}

TEST_F(InboxTest, AnyBytesCanBeParked) {
  ReceivedEvent odd = Event(std::string("\x00\xff", 2), std::string("\x00\xfe", 2));
  odd.headers = {{std::string("n\x00", 2), std::string("\xff\x00", 2)}, {"", ""}};
  odd.event.type = std::string("t\x00\xff", 3);
  odd.envelope_error = "header ce_id is missing or not a UUID";
  EXPECT_TRUE(Process({odd}).pending.empty());
  EXPECT_EQ(db_.QueryText("SELECT encode(payload, 'hex') FROM parked_events"), "00fe");
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM outbox"), 1);
}

TEST_F(InboxTest, APassingFailureHoldsItsKeyAndNoOther) {
  bool failing = true;
  handler_.fail = [&](const events::IncomingEvent& event) {
    return failing && event.payload == "early" ? absl::NotFoundError("no such order")
                                               : absl::OkStatus();
  };
  const std::vector<ReceivedEvent> events = {Event("k", "early"), Event("k", "next"),
                                             Event("other", "fine")};
  const BatchProcessor::Result result = Process(events);
  ASSERT_EQ(result.pending.size(), 2u);
  EXPECT_EQ(result.pending[0]->event.payload, "early");
  EXPECT_EQ(result.pending[1]->event.payload, "next");
  EXPECT_FALSE(result.outage);
  EXPECT_EQ(Effects(), "fine");
  failing = false;
  EXPECT_TRUE(Process(events).pending.empty());
  EXPECT_EQ(Effects(), "fine early next");
  EXPECT_EQ(Parked(), "");
}

TEST_F(InboxTest, AFloodOfEventsWhoseRowsAreMissingCostsTheOthersTwoTransactions) {
  handler_.missing = [](const events::IncomingEvent& event) { return event.payload == "early"; };
  std::vector<ReceivedEvent> events = {Event("fine 1", "a")};
  for (int i = 0; i < 300; ++i) events.push_back(Event("gone " + std::to_string(i), "early"));
  events.push_back(Event("gone 7", "next"));
  events.push_back(Event("fine 2", "b"));
  const BatchProcessor::Result result = Process(events);
  EXPECT_EQ(result.pending.size(), 301u);
  EXPECT_EQ(result.pending.back()->event.payload, "next");
  EXPECT_EQ(Effects(), "a b");
  EXPECT_EQ(handler_.calls, 2);
}

TEST_F(InboxTest, WhatComesBehindARowThatStaysMissingIsParkedBehindIt) {
  handler_.missing = [](const events::IncomingEvent& event) { return event.payload == "early"; };
  std::vector<ReceivedEvent> events = {Event("k", "early"), Event("k", "next"), Event("j", "fine")};
  for (ReceivedEvent& event : events) event.produced_at = absl::Now() - absl::Seconds(31);
  EXPECT_TRUE(Process(events).pending.empty());
  EXPECT_EQ(Effects(), "fine");
  EXPECT_EQ(Parked(), "early:MISSING next:BEHIND");
}

TEST_F(InboxTest, ARowStillMissingAfterThirtySecondsParks) {
  handler_.fail = [](const events::IncomingEvent&) { return absl::NotFoundError("no such order"); };
  ReceivedEvent old = Event("k", "old");
  old.produced_at = absl::Now() - absl::Seconds(31);
  EXPECT_TRUE(Process({old}).pending.empty());
  EXPECT_EQ(Parked(), "old:MISSING");
}

TEST_F(InboxTest, AnOutageIsNobodysFault) {
  db_.Exec("ALTER TABLE inbox RENAME TO inbox_away");
  // Not an outage as the server sees it, and not the event's fault either: nothing is parked,
  // nothing lost.
  const BatchProcessor::Result result = Process({Event("k1", "a"), Event("k2", "b")});
  EXPECT_EQ(result.pending.size(), 2u);
  db_.Exec("ALTER TABLE inbox_away RENAME TO inbox");

  postgres::Pool nowhere({.conninfo = "host=127.0.0.1 port=1 dbname=x user=x"}, "test");
  BatchProcessor cut_off("inventory_svc", "inventory_svc.dlq", nowhere, handler_);
  const ReceivedEvent a = Event("k1", "a");
  const ReceivedEvent* one = &a;
  const BatchProcessor::Result outage = cut_off.Process({&one, 1});
  EXPECT_TRUE(outage.outage);
  EXPECT_EQ(outage.pending.size(), 1u);
  EXPECT_EQ(Parked(), "");
}

TEST_F(InboxTest, TypesNobodyHandlesCostNothing) {
  ReceivedEvent unknown = Event("k", "x");
  unknown.event.type = "something.new";
  EXPECT_TRUE(Process({unknown}).pending.empty());
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM inbox"), 0);
}

TEST_F(InboxTest, OldIdsAreCleanedAndYoungOnesKept) {
  db_.Exec("INSERT INTO inbox SELECT 'inventory_svc', '" +
           Uuid::LowestV7(absl::Now() - absl::Hours(50)).ToString() +
           "', now() - interval '50 hours'");
  Process({Event("k", "young")});
  std::int64_t retired = 0;
  const absl::Status status = postgres::RunTransaction(
      pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
      [&](postgres::Transaction& tx) {
        retired = RetireInbox(tx, "inventory_svc",
                              {.before = absl::Now() - absl::Hours(48), .limit = 1000});
        return absl::OkStatus();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(retired, 1);
  EXPECT_EQ(db_.QueryInt("SELECT count(*) FROM inbox"), 1);
}

}  // namespace
}  // namespace waybill::inbox
