// Writer writes lines to a file descriptor from a thread of its own, so that who reads them holds up
// nobody.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace waybill::log {

struct WriterOptions {
  // The sum of what may wait to be written; a line more is dropped.
  std::size_t max_waiting_bytes = 4 << 20;
  // Makes the line that tells how many were dropped. On the writer's thread.
  std::function<std::string(std::int64_t)> notice;
};

// Dropped are the lines that find the queue full, and those that can't be written: to a closed pipe
// (EPIPE), a full disk (ENOSPC). As soon as the queue has been written, a notice says how many are
// missing.
//
// spdlog's asynchronous logger won't do: at the end of the process it waits for as long as nobody
// reads, and doesn't see that a write failed.
//
// Thread-safe. Never destroyed: its thread may be in a write that doesn't end.
class Writer {
 public:
  // Borrows the descriptor for ever. Starts the thread, which has the caller's signal mask.
  Writer(int fd, WriterOptions options);
  ~Writer() = delete;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Takes the line, without its end, or drops it. Never blocks.
  void Put(std::string line);
  // Waits until what was put before is written or dropped; no longer than 1 s without progress.
  // Async-signal-safe.
  void Flush() const;
  // Since the start.
  std::int64_t dropped() const { return dropped_; }

 private:
  void Run();
  // Counts the line as dropped if that fails.
  void Write(std::string_view line);
  bool TryWrite(std::string_view text);
  void ReportDropped();

  const int fd_;
  const WriterOptions options_;
  std::atomic<std::int64_t> put_ = 0;
  // Of those put, how many are written or dropped.
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<std::int64_t> dropped_ = 0;
  // The thread's alone: what the notices have told, and whether a line was begun and not ended.
  std::int64_t reported_ = 0;
  bool torn_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace waybill::log
