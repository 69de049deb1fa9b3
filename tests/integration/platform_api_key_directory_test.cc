// API keys that are made, used and revoked while a service runs.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "platform/auth/api_key_directory.h"
#include "platform/types/error.h"
#include "tests/support/test_database.h"
#include "tests/support/wait.h"

namespace waybill::auth {
namespace {

using test::Eventually;

class ApiKeyDirectoryTest : public ::testing::Test {
 protected:
  NewApiKey Insert(const std::string& roles = "{customer}") {
    NewApiKey key = MakeApiKey();
    db_.Exec(
        absl::StrCat("INSERT INTO api_keys (prefix, digest, user_id, roles, methods) VALUES ('",
                     key.prefix, "', decode('", absl::BytesToHexString(key.digest),
                     "', 'hex'), 'shop', '", roles, "', '{}')"));
    return key;
  }
  std::string ReasonFor(const NewApiKey& key) {
    const absl::StatusOr<Principal> principal = directory_.Identify(key.text);
    return principal.ok() ? "" : ReasonOf(principal.status());
  }
  void AwaitReason(const NewApiKey& key, const std::string& reason) {
    EXPECT_TRUE(Eventually([&] { return ReasonFor(key) == reason; }, "\"" + reason + "\""));
  }

  test::TestDatabase db_{"orders"};
  postgres::Pool pool_{{.conninfo = db_.Conninfo("order_svc"), .pool_size = 2}, "test"};
  ApiKeyDirectory directory_{pool_};
};

TEST_F(ApiKeyDirectoryTest, KeysTurnWhileItRuns) {
  const NewApiKey first = Insert();
  ASSERT_TRUE(directory_.Start().ok());
  EXPECT_EQ(ReasonFor(first), "");
  const NewApiKey second = Insert();
  AwaitReason(second, "");
  db_.Exec("UPDATE api_keys SET expires_at = now() WHERE prefix = '" + first.prefix + "'");
  AwaitReason(first, "KEY_EXPIRED");
  db_.Exec("UPDATE api_keys SET revoked_at = now() WHERE prefix = '" + first.prefix + "'");
  AwaitReason(first, "KEY_REVOKED");
  db_.Exec("DELETE FROM api_keys WHERE prefix = '" + first.prefix + "'");
  AwaitReason(first, "KEY_INVALID");
  EXPECT_EQ(ReasonFor(second), "");
}

TEST_F(ApiKeyDirectoryTest, RolesThatAreUnknownGiveNothing) {
  const NewApiKey key = Insert("{emperor, auditor}");
  ASSERT_TRUE(directory_.Start().ok());
  const absl::StatusOr<Principal> principal = directory_.Identify(key.text);
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->roles, Roles{Role::kAuditor});
}

TEST_F(ApiKeyDirectoryTest, TheLastUseIsNoted) {
  const NewApiKey used = Insert();
  const NewApiKey unused = Insert();
  const NewApiKey deleted = Insert();
  ASSERT_TRUE(directory_.Start().ok());
  EXPECT_EQ(ReasonFor(used), "");
  EXPECT_EQ(ReasonFor(deleted), "");
  db_.Exec("DELETE FROM api_keys WHERE prefix = '" + deleted.prefix + "'");
  directory_.Stop();
  EXPECT_EQ(db_.QueryText("SELECT string_agg(prefix, ',') FROM api_key_uses"
                          " WHERE last_used_at > now() - interval '1 hour'"),
            used.prefix);
}

TEST_F(ApiKeyDirectoryTest, AServiceCanMakeNoKeysAndChangeNone) {
  const NewApiKey key = Insert();
  for (const char* statement :
       {"INSERT INTO api_keys SELECT 'a', digest, user_id, roles, methods FROM api_keys",
        "UPDATE api_keys SET roles = '{operator}'", "UPDATE api_keys SET digest = digest",
        "DELETE FROM api_keys", "TRUNCATE api_keys CASCADE"}) {
    EXPECT_ANY_THROW(db_.Exec(absl::StrCat("SET LOCAL ROLE order_svc; ", statement))) << statement;
  }
}

TEST_F(ApiKeyDirectoryTest, KeysStayWhileTheDatabaseIsAway) {
  const NewApiKey key = Insert();
  ASSERT_TRUE(directory_.Start().ok());
  const auto failures = [&] {
    return db_.QueryInt(
        "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()");
  };
  const std::int64_t before = failures();
  db_.Exec("ALTER TABLE api_keys RENAME TO away");
  EXPECT_TRUE(Eventually([&] { return failures() > before + 1; }, "a round that failed"));
  EXPECT_EQ(ReasonFor(key), "");
  db_.Exec("ALTER TABLE away RENAME TO api_keys");
  db_.Exec("UPDATE api_keys SET revoked_at = now()");
  AwaitReason(key, "KEY_REVOKED");
}

}  // namespace
}  // namespace waybill::auth
