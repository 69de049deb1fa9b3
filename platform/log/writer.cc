#include "platform/log/writer.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace waybill::log {
namespace {

constexpr int kLookEvery_ms = 2;
constexpr int kPatience_ms = 1000;

}  // namespace

Writer::Writer(int fd, WriterOptions options) : fd_(fd), options_(std::move(options)) {
  std::thread([this] { Run(); }).detach();
}

void Writer::Put(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + line.size() > options_.max_waiting_bytes) {
      ++dropped_;
      return;
    }
    waiting_bytes_ += line.size();
    waiting_.push_back(std::move(line));
    ++put_;
  }
  changed_.notify_one();
}

void Writer::Flush() const {
  const std::int64_t goal = put_;
  std::int64_t seen = done_;
  for (int idle_ms = 0; seen < goal && idle_ms < kPatience_ms; idle_ms += kLookEvery_ms) {
    const timespec pause{.tv_sec = 0, .tv_nsec = kLookEvery_ms * 1'000'000};
    nanosleep(&pause, nullptr);
    const std::int64_t now = done_;
    if (now != seen) idle_ms = 0;
    seen = now;
  }
}

void Writer::Run() {
  while (true) {
    std::string line;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_.empty(); });
      line = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Write(line);
    bool was_last = false;
    {
      const std::lock_guard lock(mutex_);
      waiting_bytes_ -= line.size();
      was_last = waiting_.empty();
    }
    // What was dropped came after what was waiting then.
    if (was_last) ReportDropped();
    ++done_;
  }
}

void Writer::Write(std::string_view line) {
  // One write for each line: those of several processes on one pipe don't mix.
  std::string text = torn_ ? "\n" : "";
  text += line;
  text += '\n';
  if (!TryWrite(text)) ++dropped_;
}

bool Writer::TryWrite(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(fd_, text.data(), text.size());
    if (size > 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
      torn_ = !text.empty();
    } else if (size < 0 && errno == EAGAIN) {
      // Whoever shares the descriptor has made it non-blocking.
      pollfd writable{fd_, POLLOUT, 0};
      poll(&writable, 1, kPatience_ms);
    } else if (size == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

void Writer::ReportDropped() {
  const std::int64_t dropped = dropped_;
  if (dropped == reported_ || !options_.notice) return;
  const std::string line = options_.notice(dropped - reported_);
  if (TryWrite((torn_ ? "\n" : "") + line + "\n")) reported_ = dropped;
}

}  // namespace waybill::log
