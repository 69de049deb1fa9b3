#include "bench/relay/source_rig.h"

#include <cstdio>
#include <stdexcept>

#include "bench/relay/relay_run.h"

namespace waybill::bench {
namespace {

using outbox_relay::PgConnection;

constexpr char kProcedure[] = R"sql(
CREATE PROCEDURE bench_fill(rows bigint, per_commit bigint, keys integer, body text)
LANGUAGE plpgsql AS $$
DECLARE at bigint := 0;
BEGIN
  WHILE at < rows LOOP
    INSERT INTO outbox (event_id, topic, key, sequence, payload, headers)
    SELECT gen_random_uuid(), 'orders.events', lpad((i % keys)::text, 36, '0'), i / keys + 1,
           convert_to(body, 'UTF8'),
           '{"ce_specversion": "1.0", "ce_type": "OrderPlaced", "ce_source": "order_svc",
             "content-type": "application/json",
             "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}'
    FROM generate_series(at, least(at + per_commit, rows) - 1) i;
    COMMIT;
    at := at + per_commit;
  END LOOP;
END $$)sql";

}  // namespace

std::string Payload(std::int64_t number) {
  char start[40];
  std::snprintf(start, sizeof start, "%016lld", static_cast<long long>(number));
  std::string payload = start;
  payload += R"( {"event":"OrderPlaced","items":[)";
  while (payload.size() < 370) payload += R"({"productId":"SKU-1","quantity":2},)";
  payload.resize(398, ' ');
  return payload += "]}";
}

SourceRig::SourceRig()
    : db_("orders"),
      connection_(Must(PgConnection::Connect(db_.Conninfo("postgres"), PgConnection::Kind::kSql, {},
                                             absl::Seconds(10)))) {
  // The relay's sessions find nothing by an unqualified name.
  Run("SET search_path = public");
  db_.Exec(kProcedure);
  // Every round starts from the slot and the checkpoint of this relay.
  RelayRun seed(WriteConfig("seed", "seed", "none.", false));
  seed.AwaitStreaming();
  seed.Stop();
}

void SourceRig::Run(const std::string& sql) {
  (void)Must(connection_.ExecSimple(sql, absl::Minutes(30)));
}

void SourceRig::Fill(std::int64_t rows, std::int64_t rows_per_commit, int keys) {
  Run("CALL bench_fill(" + std::to_string(rows) + ", " + std::to_string(rows_per_commit) + ", " +
      std::to_string(keys) + ", '" + Payload(0) + "')");
  Run("VACUUM ANALYZE outbox");
  Run("CHECKPOINT");
}

std::string SourceRig::RelayConfig(const std::string& name, const std::string& topic_prefix,
                                   bool catch_up) {
  const std::string slot = db_.name() + name + "_1";
  db_.Exec("SELECT pg_copy_logical_replication_slot('" + base_slot() + "', '" + slot + "')");
  db_.Exec(
      "INSERT INTO outbox_relay.checkpoints"
      "  (source, slot, confirmed_lsn, horizon, system_identifier, publication_oid) "
      "SELECT '" +
      name + "', '" + slot +
      "', confirmed_lsn, horizon, system_identifier, publication_oid"
      " FROM outbox_relay.checkpoints WHERE source = 'seed'");
  return WriteConfig(name, name, topic_prefix, catch_up);
}

std::string SourceRig::FreshRelayConfig(const std::string& topic_prefix, const std::string& file) {
  return WriteConfig(file, "fresh", topic_prefix, false);
}

std::string SourceRig::WriteConfig(const std::string& file, const std::string& name,
                                   const std::string& topic_prefix, bool catch_up) {
  return folder_.Write(
      file + ".toml",
      "[kafka]\nbrokers = \"" + waybill::test::TestStack::Get().brokers + "\"\ntopic_prefix = \"" +
          topic_prefix + "\"\n[limits]\ncatch_up_bytes = " + (catch_up ? "1000000" : "0") +
          "\n[[source]]\nname = \"" + name + "\"\nconninfo = \"" + db_.Conninfo("outbox_relay") +
          "\"\npublication = \"waybill_outbox\"\nslot = \"" + db_.name() + name +
          "\"\ntable = \"outbox\"\ntopic = \"" + kTopic + "\"\n");
}

}  // namespace waybill::bench
