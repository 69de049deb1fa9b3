#include "outbox_relay/source/outbox_table.h"

#include "outbox_relay/base/parse_number.h"
#include "outbox_relay/source/table_columns.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

// Publications have schemas from PostgreSQL 15 on, and WHERE clauses, which `to_jsonb` reads where
// the column may be missing.
constexpr int kSchemasSince = 150000;
constexpr char kPublishedSchemas[] = "SELECT oid, pnpubid, pnnspid FROM pg_publication_namespace";
constexpr char kNoSchemas[] = "SELECT 0::oid, 0::oid, 0::oid WHERE false";

// `schema_since` is the transaction that last moved the table into another schema. `storage` changes
// when the table is made unlogged or logged, but not with VACUUM FULL or TRUNCATE, which keep the
// table's TOAST table. `odd` is a table of which the outbox's rows are a part, but not in the log.
constexpr char kLook[] = R"sql(
SELECT c.oid AS table_oid, c.relkind AS kind, c.relpersistence = 'p' AS logged,
       p.oid AS publication, p.xmin AS version, p.puballtables AS every_table,
       p.pubinsert AS inserts, p.pubviaroot AS via_root,
       r.oid AS member, to_jsonb(r) ->> 'prqual' IS NOT NULL AS filtered, n.oid AS schema_member,
       (SELECT d.xmin FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
          AND d.refclassid = 'pg_namespace'::regclass LIMIT 1) AS schema_since,
       coalesce(nullif(c.reltoastrelid, 0), c.relfilenode) AS storage,
       published_as.name AS published_as, below.partitions, below.odd,
       (SELECT k.relkind FROM pg_class k WHERE k.oid = below.odd) AS odd_kind,
       (SELECT b.oid::regclass FROM pg_class b WHERE b.oid = $3::oid) AS bound_name
FROM (SELECT to_regclass($1) AS oid) t
LEFT JOIN pg_class c ON c.oid = t.oid
LEFT JOIN pg_publication p ON p.pubname = $2
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
LEFT JOIN schemas n ON n.publication = p.oid AND n.schema = c.relnamespace
LEFT JOIN LATERAL (
  SELECT a.oid::regclass AS name
  FROM pg_partition_ancestors(c.oid) f JOIN pg_class a ON a.oid = f.relid
  WHERE a.oid <> c.oid AND p.pubviaroot
    AND (p.puballtables
         OR a.oid IN (SELECT prrelid FROM pg_publication_rel WHERE prpubid = p.oid)
         OR a.relnamespace IN (SELECT s.schema FROM schemas s WHERE s.publication = p.oid))
  LIMIT 1) published_as ON true
LEFT JOIN LATERAL (
  WITH RECURSIVE tree (oid) AS (
    SELECT inhrelid FROM pg_inherits WHERE inhparent = c.oid
    UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid)
  SELECT string_agg(k.oid || ':' || coalesce(nullif(k.reltoastrelid, 0), k.relfilenode), ',')
           AS partitions,
         (min(k.oid) FILTER (WHERE c.relkind = 'r' OR k.relkind NOT IN ('r', 'p')
                                   OR k.relkind = 'r' AND k.relpersistence <> 'p'))::regclass AS odd
  FROM tree JOIN pg_class k USING (oid)) below ON true)sql";

// The only row of kLook, by its columns' names; NULL is "".
class Look {
 public:
  explicit Look(PgResult result) : result_(std::move(result)) {}
  std::string_view Text(const char* name) const {
    return result_.Text(0, PQfnumber(result_.get(), name));
  }
  bool Is(const char* name) const { return Text(name) == "t"; }
  bool Has(const char* name) const { return !Text(name).empty(); }
  // Oids and short transaction ids; 0 for NULL.
  std::uint32_t Number(const char* name) const {
    std::uint32_t number = 0;
    return ParseNumber(Text(name), &number) ? number : 0;
  }

 private:
  PgResult result_;
};

absl::Status CheckTable(const Look& look, const std::string& table) {
  if (!look.Has("table_oid")) {
    if (!look.Has("bound_name")) {
      return absl::FailedPreconditionError(StrCat("there is no table ", table));
    }
    return absl::FailedPreconditionError(
        StrCat("there is no table ", table, ": it was renamed to ", look.Text("bound_name"),
               ", and its rows wait in the log: rename it back, or create another table ", table,
               " to follow it"));
  }
  const std::string_view kind = look.Text("kind");
  if (kind != "r" && kind != "p") {
    return absl::FailedPreconditionError(
        StrCat(table, " is no table whose rows are in the log (pg_class.relkind = '", kind, "')"));
  }
  if (!look.Is("logged")) {
    return absl::DataLossError(StrCat("table ", table,
                                      " is unlogged, its rows are not in the log: ALTER TABLE ",
                                      table, " SET LOGGED"));
  }
  if (!look.Has("odd")) return absl::OkStatus();
  const std::string_view odd = look.Text("odd");
  if (kind == "r") {
    return absl::FailedPreconditionError(
        StrCat("table ", odd, " inherits from ", table,
               ", and its rows are published under its own name: ALTER TABLE ", odd, " NO INHERIT ",
               table, ", or make it a partition"));
  }
  if (look.Text("odd_kind") == "r") {
    return absl::DataLossError(StrCat("partition ", odd,
                                      " is unlogged, its rows are not in the log: ALTER TABLE ",
                                      odd, " SET LOGGED"));
  }
  return absl::DataLossError(
      StrCat("partition ", odd, " is a foreign table, its rows are not in the log: ALTER TABLE ",
             table, " DETACH PARTITION ", odd));
}

absl::Status CheckPublished(const Look& look, const std::string& table,
                            const std::string& publication) {
  const std::string alter = StrCat("ALTER PUBLICATION ", publication);
  if (!look.Has("publication")) {
    return absl::FailedPreconditionError(StrCat(
        "there is no publication ", publication, ": CREATE PUBLICATION ", publication,
        " FOR TABLE ", table, " WITH (publish = 'insert', publish_via_partition_root = true)"));
  }
  if (!look.Is("inserts")) {
    return absl::FailedPreconditionError(StrCat("publication ", publication,
                                                " doesn't publish inserts: ", alter,
                                                " SET (publish = 'insert')"));
  }
  if (look.Text("kind") == "p" && !look.Is("via_root")) {
    return absl::FailedPreconditionError(
        StrCat("publication ", publication, " publishes partitions under their own names: ", alter,
               " SET (publish_via_partition_root = true)"));
  }
  if (look.Has("published_as")) {
    return absl::DataLossError(
        StrCat("publication ", publication, " publishes ", table, " under the name of ",
               look.Text("published_as"), ", whose partition it is: ", alter,
               " SET (publish_via_partition_root = false), or configure the other table"));
  }
  const bool by_itself = !look.Is("every_table") && !look.Has("schema_member");
  if (by_itself && !look.Has("member")) {
    return absl::FailedPreconditionError(StrCat("publication ", publication, " doesn't have table ",
                                                table, ": ", alter, " ADD TABLE ", table));
  }
  if (by_itself && look.Is("filtered")) {
    return absl::FailedPreconditionError(StrCat("publication ", publication,
                                                " has a WHERE clause for ", table,
                                                ", which leaves rows out: ", alter, " DROP TABLE ",
                                                table, "; ", alter, " ADD TABLE ", table));
  }
  return absl::OkStatus();
}

// Each number is multiplied by an odd constant of its own, so that two small ones don't cancel out.
std::uint32_t Digest(const Look& look) {
  std::uint32_t digest = look.Number("version") * 0x9E3779B1U;
  if (look.Is("every_table")) {
    digest ^= look.Number("publication") ^ look.Number("storage") * 0x85EBCA6BU;
  } else if (look.Has("schema_member")) {
    digest ^= look.Number("schema_member") ^ look.Number("schema_since") * 0xC2B2AE35U ^
              look.Number("storage") * 0x85EBCA6BU;
  } else {
    // PostgreSQL refuses to make a table unlogged that a publication names.
    digest ^= look.Number("member");
  }
  return digest == 0 ? 1 : digest;
}

}  // namespace

absl::StatusOr<Outbox> LookAtOutbox(PgConnection& connection, const SourceConfig& source,
                                    std::uint32_t bound_oid) {
  const std::string table = QuoteTable(source.schema, source.table);
  const bool has_schemas = connection.server_version() >= kSchemasSince;
  const std::string sql = StrCat("WITH schemas (oid, publication, schema) AS (",
                                 has_schemas ? kPublishedSchemas : kNoSchemas, ")", kLook);
  ASSIGN_OR_RETURN(PgResult result,
                   connection.Exec(sql, {table, source.publication, StrCat(bound_oid)}));
  const Look look(std::move(result));
  RETURN_IF_ERROR(CheckTable(look, table));
  RETURN_IF_ERROR(CheckPublished(look, table, QuoteIdentifier(source.publication)));
  return Outbox{.table_oid = look.Number("table_oid"),
                .publication_oid = Digest(look),
                .bound_name = std::string(look.Text("bound_name")),
                .partitions = ParseOidMap(look.Text("partitions")),
                .columns = {}};
}

absl::StatusOr<Outbox> InspectOutbox(PgConnection& connection, const SourceConfig& source,
                                     std::uint32_t bound_oid) {
  ASSIGN_OR_RETURN(Outbox outbox, LookAtOutbox(connection, source, bound_oid));
  ASSIGN_OR_RETURN(outbox.columns,
                   ReadColumns(connection, StrCat(outbox.table_oid), source.publication));
  return outbox;
}

}  // namespace waybill::outbox_relay
