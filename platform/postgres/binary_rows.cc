#include "platform/postgres/binary_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/strip.h"
#include "platform/postgres/config.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::postgres {
namespace {

// Signature, flags and the length of the header's extension.
constexpr std::size_t kHeaderBytes = 19;
// From 1970 to 2000, where PostgreSQL's time begins.
constexpr std::int64_t kEpochMicros = 946'684'800'000'000;

std::int64_t BigEndian(std::string_view bytes) {
  if (bytes.size() == 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    return static_cast<std::int32_t>(__builtin_bswap32(word));
  }
  if (bytes.empty()) return 0;
  std::int64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? -1 : 0;
  for (const char byte : bytes) {
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << 8 |
                                      static_cast<unsigned char>(byte));
  }
  return value;
}

// Takes the next row off `data`; false at the trailer or the end of the data.
bool TakeRow(std::string_view& data, std::vector<std::string_view>& fields) {
  if (data.size() < 2) return false;
  const std::int64_t count = BigEndian(data.substr(0, 2));
  if (count < 0) return false;
  data.remove_prefix(2);
  fields.clear();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t size = BigEndian(data.substr(0, 4));
    data.remove_prefix(4);
    if (size < 0) {
      fields.emplace_back();
    } else {
      fields.push_back(data.substr(0, static_cast<std::size_t>(size)));
      data.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  return true;
}

}  // namespace

std::int64_t BinaryRow::Int(int column) const { return BigEndian(fields_[column]); }

bool BinaryRow::Bool(int column) const { return Int(column) != 0; }

Uuid BinaryRow::AsUuid(int column) const {
  Uuid::Bytes bytes{};
  if (fields_[column].size() == bytes.size()) {
    std::memcpy(bytes.data(), fields_[column].data(), bytes.size());
  }
  return Uuid(bytes);
}

std::int64_t BinaryRow::Micros(int column) const {
  return IsNull(column) ? 0 : Int(column) + kEpochMicros;
}

absl::StatusOr<std::unique_ptr<BinaryRows>> BinaryRows::Connect(const std::string& conninfo,
                                                                const std::string& application_name,
                                                                absl::Duration statement_timeout) {
  PostgresConfig config;
  config.conninfo = conninfo;
  config.statement_timeout = statement_timeout;
  auto rows = std::unique_ptr<BinaryRows>(
      new BinaryRows(PQconnectdb(SessionConninfo(config, application_name).c_str())));
  PGconn* const connection = rows->connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) {
    return absl::UnavailableError(
        StrCat("connect: ", absl::StripSuffix(PQerrorMessage(connection), "\n")));
  }
  Settings settings = TimeoutSettings(config);
  settings.emplace_back("default_transaction_read_only", "on");
  const std::string sql = ServiceSessionSql(std::move(settings), PQserverVersion(connection));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql.c_str()),
                                                             &PQclear);
  RETURN_IF_ERROR(rows->StatusOfResult(result.get()));
  return rows;
}

absl::Status BinaryRows::StatusOfResult(const PGresult* result) const {
  const ExecStatusType outcome = PQresultStatus(result);
  if (outcome == PGRES_COMMAND_OK || outcome == PGRES_TUPLES_OK || outcome == PGRES_COPY_OUT)
    return absl::OkStatus();
  const std::string message = StrCat(PQdb(connection_.get()), ": ",
                                     absl::StripSuffix(PQerrorMessage(connection_.get()), "\n"));
  if (PQstatus(connection_.get()) != CONNECTION_OK) return absl::UnavailableError(message);
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (state != nullptr && std::string_view(state) == "57014") {
    return absl::DeadlineExceededError(message);
  }
  return absl::FailedPreconditionError(message);
}

absl::Status BinaryRows::ForEach(const std::string& sql,
                                 absl::FunctionRef<void(const BinaryRow&)> take) {
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
  const std::string copy = StrCat("COPY (", sql, ") TO STDOUT (FORMAT binary)");
  const Result started(PQexec(connection_.get(), copy.c_str()), &PQclear);
  RETURN_IF_ERROR(StatusOfResult(started.get()));
  BinaryRow row;
  bool first = true;
  while (true) {
    char* buffer = nullptr;
    const int size = PQgetCopyData(connection_.get(), &buffer, 0);
    if (size <= 0) break;
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(buffer, &PQfreemem);
    std::string_view data(buffer, static_cast<std::size_t>(size));
    if (std::exchange(first, false)) data.remove_prefix(std::min(kHeaderBytes, data.size()));
    // The server sends whole rows.
    while (TakeRow(data, row.fields_)) take(row);
  }
  absl::Status status;
  while (PGresult* const result = PQgetResult(connection_.get())) {
    const Result owner(result, &PQclear);
    if (status.ok()) status = StatusOfResult(result);
  }
  return status;
}

}  // namespace waybill::postgres
