#include "bench/relay/no_op_reader.h"

#include <libpq-fe.h>

#include <ctime>
#include <memory>
#include <stdexcept>

#include "bench/relay/kafka_client.h"

namespace waybill::bench {
namespace {

std::int64_t ThreadCpuNs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

NoOpRead ReadAndDrop(const std::string& conninfo, const std::string& slot, std::int64_t rows) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb((conninfo + " replication=database options='-c wal_sender_timeout=0'").c_str()),
      PQfinish);
  const std::int64_t started = MonotonicNs();
  const std::int64_t cpu_started = ThreadCpuNs();
  PGresult* result = PQexec(connection.get(), ("START_REPLICATION SLOT " + slot +
                                               " LOGICAL 0/0 (proto_version '1', publication_names"
                                               " 'waybill_outbox', binary 'true')")
                                                  .c_str());
  const bool streaming = PQresultStatus(result) == PGRES_COPY_BOTH;
  PQclear(result);
  std::int64_t seen = 0;
  while (streaming && seen < rows) {
    char* buffer = nullptr;
    const int size = PQgetCopyData(connection.get(), &buffer, 0);
    if (size <= 0) break;
    seen += size > 25 && buffer[0] == 'w' && buffer[25] == 'I';
    PQfreemem(buffer);
  }
  if (seen < rows) throw std::runtime_error(PQerrorMessage(connection.get()));
  const auto count = static_cast<double>(rows);
  return {.rows_per_second = count * 1e9 / static_cast<double>(MonotonicNs() - started),
          .cpu_s_per_100k = static_cast<double>(ThreadCpuNs() - cpu_started) / 1e9 / count * 1e5};
}

}  // namespace waybill::bench
