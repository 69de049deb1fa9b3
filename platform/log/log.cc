#include "platform/log/log.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "platform/log/process_log.h"
#include "platform/log/writer.h"
#include "platform/types/utf8.h"

namespace waybill::log {
namespace {

constexpr std::array kLevels = {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError};

// Never destroyed: threads may log until the process has ended.
struct State {
  std::string service;
  std::atomic<Level> level = Level::kInfo;
  // None: lines are written as the call is made.
  std::atomic<Writer*> writer = nullptr;
};

State& GetState() {
  static State* const state = new State;
  return *state;
}

std::string_view Name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

// JSON string escapes (RFC 8259, section 7), also of characters that would act on the terminal of
// whoever reads the log. Bytes that are not UTF-8 can come in from the outside and would make the
// line unreadable; they are replaced.
void AppendString(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = Utf8CharacterSize(text, i);
    if (size == 0) {
      out.append("\xef\xbf\xbd");
    } else if (IsUnseen(text, i, size)) {
      out.append(ToVisibleText(text.substr(i, size)));
    } else {
      if (text[i] == '"' || text[i] == '\\') out.push_back('\\');
      out.append(text, i, size);
    }
    i += std::max<std::size_t>(1, size);
  }
  out.push_back('"');
}

std::string ToLine(Level level, std::string_view message, Fields fields) {
  const State& state = GetState();
  std::string line = "{\"time\":\"";
  line += absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line += "\",\"level\":\"";
  line += Name(level);
  line += '"';
  if (!state.service.empty()) {
    line += ",\"service\":";
    AppendString(line, state.service);
  }
  line += ",\"message\":";
  AppendString(line, message);
  for (const Field& field : fields) {
    line.push_back(',');
    AppendString(line, field.name());
    line.push_back(':');
    if (field.is_number()) {
      fmt::format_to(std::back_inserter(line), "{}", field.number());
    } else {
      AppendString(line, field.text());
    }
  }
  line.push_back('}');
  return line;
}

// The signal is blocked while its handler runs, and then ends the process as it would have.
void FlushAndDie(int signal_number) {
  Flush();
  raise(signal_number);
}

// A handler that is there, as a sanitizer's, stays.
void FlushAtFatalSignals() {
  for (const int signal_number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) {
    struct sigaction there {};
    if (sigaction(signal_number, nullptr, &there) != 0 || there.sa_handler != SIG_DFL) continue;
    struct sigaction flush {};
    flush.sa_handler = &FlushAndDie;
    flush.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(signal_number, &flush, nullptr);
  }
}

}  // namespace

bool IsLevel(std::string_view level) {
  return std::ranges::any_of(kLevels, [&](Level l) { return Name(l) == level; });
}

void Init(std::string_view service, std::string_view level) {
  GetState().service = std::string(service);
  SetLevel(level);
}

void SetLevel(std::string_view level) {
  for (Level l : kLevels) {
    if (Name(l) == level) GetState().level = l;
  }
}

bool Enabled(Level level) { return level >= GetState().level; }

void Write(Level level, std::string_view message, Fields fields) {
  if (!Enabled(level)) return;
  std::string line = ToLine(level, message, fields);
  if (Writer* const writer = GetState().writer) {
    writer->Put(std::move(line));
  } else {
    line.push_back('\n');
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  }
}

void WriteInBackground() {
  GetState().writer = new Writer(
      STDERR_FILENO, {.notice = [](std::int64_t lines) {
        return ToLine(Level::kWarn, "log lines were dropped: they could not be written in time",
                      {{"lines", lines}});
      }});
  std::atexit(&Flush);
  FlushAtFatalSignals();
}

void Flush() {
  if (const Writer* const writer = GetState().writer) writer->Flush();
}

std::int64_t DroppedLines() {
  const Writer* const writer = GetState().writer;
  return writer == nullptr ? 0 : writer->dropped();
}

}  // namespace waybill::log
