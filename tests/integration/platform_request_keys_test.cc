#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "absl/synchronization/barrier.h"
#include "absl/time/clock.h"
#include "platform/postgres/unit_of_work.h"
#include "platform/request_keys/request_key_store.h"
#include "platform/types/error.h"
#include "tests/support/test_database.h"

namespace waybill::request_keys {
namespace {

using ::testing::ElementsAre;

using Places = std::vector<std::size_t>;
using Answers = std::vector<absl::StatusOr<Answer>>;

constexpr postgres::Statement kTakeEffect{
    "take_effect",
    "INSERT INTO effects (resource) VALUES ($1::text)",
};

class RequestKeysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    db_.Exec("CREATE TABLE effects (resource text); GRANT ALL ON effects TO PUBLIC");
  }

  // Answers the requests in one transaction. Each effect makes a row in `effects` and is the
  // resource "order-N", N from 1, unless `fail` has an error for it.
  absl::StatusOr<Answers> TryAnswer(const std::vector<Request>& requests) {
    Answers answers;
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
        [&](postgres::Transaction& tx) {
          absl::StatusOr<Answers> all = RequestKeyStore(tx).AnswerOnce(
              requests, [&](const Places& places) { return TakeEffect(tx, places); });
          if (all.ok()) answers = *std::move(all);
          return all.status();
        });
    if (!status.ok()) return status;
    return answers;
  }

  // The resource of each answer, or the reason or message of its error.
  std::vector<std::string> AnswerAll(const std::vector<Request>& requests) {
    effects_.clear();
    const absl::StatusOr<Answers> answers = TryAnswer(requests);
    if (!answers.ok()) return {answers.status().ToString()};
    std::vector<std::string> texts;
    for (const absl::StatusOr<Answer>& answer : *answers) {
      const std::string reason = ReasonOf(answer.status());
      texts.push_back(answer.ok()
                          ? answer->resource
                          : (reason.empty() ? std::string(answer.status().message()) : reason));
    }
    return texts;
  }

  Answers TakeEffect(postgres::Transaction& tx, const Places& places) {
    effects_.push_back(places);
    Answers answers;
    for (const std::size_t place : places) {
      if (absl::Status failure = fail_(place); !failure.ok()) {
        answers.push_back(failure);
        continue;
      }
      const std::string resource = "order-" + std::to_string(++made_);
      tx.Exec(kTakeEffect, resource);
      answers.push_back(Answer{.resource = resource, .response = "of " + resource});
    }
    return answers;
  }

  std::int64_t Effects() { return db_.QueryInt("SELECT count(*) FROM effects"); }
  std::int64_t Stored() { return db_.QueryInt("SELECT count(*) FROM request_keys"); }

  static Request Ask(const RequestKey& key, const std::string& parameters) {
    return {.key = key, .fingerprint = Fingerprint("m", {parameters})};
  }

  test::TestDatabase db_{"orders"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("order_svc")}, "test"};
  const RequestKey key_{UserId("ann"), RequestId::New()};
  const RequestKey other_{UserId("ann"), RequestId::New()};
  std::function<absl::Status(std::size_t place)> fail_ = [](std::size_t) {
    return absl::OkStatus();
  };
  // The places that each call of the effect of the last AnswerAll was handed.
  std::vector<Places> effects_;
  int made_ = 0;
};

TEST_F(RequestKeysTest, AKeyTakesEffectOnceAndGivesItsAnswerAgain) {
  EXPECT_THAT(AnswerAll({Ask(key_, "tea")}), ElementsAre("order-1"));
  EXPECT_THAT(effects_, ElementsAre(Places{0}));
  EXPECT_THAT(AnswerAll({Ask(key_, "tea")}), ElementsAre("order-1"));
  EXPECT_THAT(effects_, ElementsAre());
  EXPECT_EQ(Effects(), 1);
}

TEST_F(RequestKeysTest, TheWholeAnswerIsStored) {
  const std::string bytes("\x00\xff\"\\", 4);
  for (int call = 0; call < 2; ++call) {
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
        [&](postgres::Transaction& tx) {
          const auto answers =
              RequestKeyStore(tx).AnswerOnce({{Ask(key_, "tea")}}, [&](const Places&) {
                return Answers{Answer{.resource = "o\"r", .response = bytes}};
              });
          EXPECT_TRUE(answers.ok() && answers->at(0).ok());
          EXPECT_EQ(*answers->at(0), (Answer{.resource = "o\"r", .response = bytes}));
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(Stored(), 1);
}

TEST_F(RequestKeysTest, OtherParametersAreRefused) {
  EXPECT_THAT(AnswerAll({Ask(key_, "tea")}), ElementsAre("order-1"));
  const auto answers = TryAnswer({Ask(key_, "pot")});
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_EQ(answers->at(0).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(answers->at(0).status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(ViolationsOf(answers->at(0).status()).at(0).field, "request_id");
  EXPECT_THAT(AnswerAll({Ask(key_, "tea")}), ElementsAre("order-1"));
  EXPECT_EQ(Effects(), 1);
}

TEST_F(RequestKeysTest, OfTwoEqualRequestsInABatchOneTakesEffectAndBothGetItsAnswer) {
  EXPECT_THAT(AnswerAll({Ask(key_, "tea"), Ask(other_, "pot"), Ask(key_, "tea")}),
              ElementsAre("order-1", "order-2", "order-1"));
  EXPECT_THAT(effects_, ElementsAre(Places{0, 1}));
  EXPECT_EQ(Effects(), 2);
  EXPECT_EQ(Stored(), 2);
}

TEST_F(RequestKeysTest, OfTwoRequestsWithOneKeyInABatchTheLaterWithOtherParametersIsRefused) {
  EXPECT_THAT(AnswerAll({Ask(key_, "tea"), Ask(key_, "pot"), Ask(key_, "tea")}),
              ElementsAre("order-1", "REQUEST_ID_REUSED", "order-1"));
  EXPECT_EQ(Effects(), 1);
}

TEST_F(RequestKeysTest, KnownAndNewRequestsAreAnsweredTogetherInTheirOrder) {
  EXPECT_THAT(AnswerAll({Ask(key_, "tea")}), ElementsAre("order-1"));
  EXPECT_THAT(AnswerAll({Ask(other_, "pot"), Ask(key_, "cup"), Ask(key_, "tea")}),
              ElementsAre("order-2", "REQUEST_ID_REUSED", "order-1"));
  EXPECT_THAT(effects_, ElementsAre(Places{0}));
  EXPECT_EQ(Effects(), 2);
}

TEST_F(RequestKeysTest, AFailedEffectIsNotStoredAndTheKeyIsFree) {
  fail_ = [](std::size_t) { return absl::NotFoundError("no such product"); };
  EXPECT_THAT(AnswerAll({Ask(key_, "tea")}), ElementsAre("no such product"));
  EXPECT_EQ(Stored(), 0);
  fail_ = [](std::size_t) { return absl::OkStatus(); };
  EXPECT_THAT(AnswerAll({Ask(key_, "pot")}), ElementsAre("order-1"));
}

TEST_F(RequestKeysTest, AfterAFailedEffectTheNextHolderOfTheKeyInTheBatchGetsItsTry) {
  fail_ = [](std::size_t place) {
    return place == 0 ? absl::NotFoundError("no such product") : absl::OkStatus();
  };
  EXPECT_THAT(AnswerAll({Ask(key_, "tea"), Ask(other_, "cup"), Ask(key_, "pot"), Ask(key_, "pot")}),
              ElementsAre("no such product", "order-1", "order-2", "order-2"));
  EXPECT_THAT(effects_, ElementsAre(Places{0, 1}, Places{2}));
  EXPECT_EQ(Effects(), 2);
  EXPECT_THAT(AnswerAll({Ask(key_, "pot"), Ask(key_, "tea")}),
              ElementsAre("order-2", "REQUEST_ID_REUSED"));
}

TEST_F(RequestKeysTest, WhereAllHoldersOfAKeyFailEachGetsItsOwnError) {
  fail_ = [](std::size_t place) { return absl::NotFoundError(std::to_string(place)); };
  EXPECT_THAT(AnswerAll({Ask(key_, "tea"), Ask(key_, "tea"), Ask(key_, "pot")}),
              ElementsAre("0", "1", "2"));
  EXPECT_EQ(Stored(), 0);
}

TEST_F(RequestKeysTest, AnotherUsersKeyIsAnotherKey) {
  const RequestKey bobs{UserId("bob"), key_.request_id};
  EXPECT_THAT(AnswerAll({Ask(key_, "tea"), Ask(bobs, "pot")}), ElementsAre("order-1", "order-2"));
  EXPECT_THAT(AnswerAll({Ask(bobs, "pot"), Ask(key_, "tea")}), ElementsAre("order-2", "order-1"));
  EXPECT_EQ(Effects(), 2);
}

TEST_F(RequestKeysTest, NoRequestsAreNoEffect) {
  EXPECT_THAT(AnswerAll({}), ElementsAre());
  EXPECT_THAT(effects_, ElementsAre());
}

TEST_F(RequestKeysTest, AnEffectAndItsKeyAreUndoneTogether) {
  const absl::Status status = postgres::RunTransaction(
      pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
      [&](postgres::Transaction& tx) {
        const auto answers = RequestKeyStore(tx).AnswerOnce(
            {{Ask(key_, "tea")}}, [&](const Places& places) { return TakeEffect(tx, places); });
        EXPECT_TRUE(answers.ok() && answers->at(0).ok());
        return absl::CancelledError("not after all");
      });
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_EQ(Effects(), 0);
  EXPECT_EQ(Stored(), 0);
}

TEST_F(RequestKeysTest, OfTwoTransactionsAtOnceOneTakesEffectAndBothGetItsAnswer) {
  // Both have found the key free before either stores it.
  auto* const both = new absl::Barrier(2);
  std::atomic<int> effects{0};
  const auto answer = [&](const std::string& resource, const std::string& parameters) {
    bool met = false;
    absl::StatusOr<Answer> answered = absl::UnknownError("not answered");
    const absl::Status status = postgres::RunTransaction(
        pool_, {.name = "test", .deadline = absl::Now() + absl::Seconds(20)},
        [&](postgres::Transaction& tx) {
          const auto answers =
              RequestKeyStore(tx).AnswerOnce({{Ask(key_, parameters)}}, [&](const Places&) {
                ++effects;
                if (!std::exchange(met, true) && both->Block()) delete both;
                tx.Exec(kTakeEffect, resource);
                return Answers{Answer{.resource = resource, .response = ""}};
              });
          if (answers.ok()) answered = answers->at(0);
          return answers.status();
        });
    EXPECT_TRUE(status.ok()) << status;
    return answered;
  };
  absl::StatusOr<Answer> theirs = absl::UnknownError("not answered");
  std::thread other([&] { theirs = answer("theirs", "tea"); });
  const absl::StatusOr<Answer> ours = answer("ours", "tea");
  other.join();
  ASSERT_TRUE(ours.ok() && theirs.ok()) << ours.status() << theirs.status();
  EXPECT_EQ(*ours, *theirs);
  EXPECT_EQ(effects, 2) << "the second one was undone";
  EXPECT_EQ(db_.QueryText("SELECT resource FROM effects"), ours->resource);
  EXPECT_EQ(Stored(), 1);
}

TEST(FingerprintTest, TellsParameterListsApart) {
  EXPECT_NE(Fingerprint("m", {"ab", "c"}), Fingerprint("m", {"a", "bc"}));
  EXPECT_NE(Fingerprint("m", {"a"}), Fingerprint("n", {"a"}));
  EXPECT_NE(Fingerprint("m", {}), Fingerprint("m", {""}));
  EXPECT_EQ(Fingerprint("m", {"a", "b"}), Fingerprint("m", {"a", "b"}));
}

}  // namespace
}  // namespace waybill::request_keys
