#include "platform/log/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "platform/types/utf8.h"

namespace waybill::log {
namespace {

constexpr std::array kLevels = {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError};

// Before Init (unit tests), lines still come out, without a service.
struct State {
  std::string service;
  std::shared_ptr<spdlog::logger> logger;
};

State& GetState() {
  static State* state = [] {
    auto* s = new State;
    s->logger = spdlog::stderr_logger_mt("waybill");
    s->logger->set_pattern("%v");
    s->logger->set_level(spdlog::level::info);
    s->logger->flush_on(spdlog::level::trace);
    return s;
  }();
  return *state;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
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

}  // namespace

bool IsLevel(std::string_view level) {
  return std::ranges::any_of(kLevels, [&](Level l) { return Name(l) == level; });
}

void Init(std::string_view service, std::string_view level) {
  State& state = GetState();
  state.service = std::string(service);
  for (Level l : kLevels) {
    if (Name(l) == level) state.logger->set_level(ToSpdlog(l));
  }
}

bool Enabled(Level level) { return GetState().logger->should_log(ToSpdlog(level)); }

void Write(Level level, std::string_view message, Fields fields) {
  if (!Enabled(level)) return;
  State& state = GetState();
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
  state.logger->log(ToSpdlog(level), "{}", line);
}

}  // namespace waybill::log
