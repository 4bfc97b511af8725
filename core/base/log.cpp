// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "core/base/log_text.h"
#include "core/base/time_text.h"

namespace landfall::base {
namespace {

void writeToStandardError(std::string_view line) {
  while (!line.empty()) {
    const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written <= 0) return;  // nobody reads the log: going on matters more
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      return "error";
  }
  return "unknown";
}

std::optional<LogLevel> parseLogLevel(std::string_view text) {
  if (text == "debug") return LogLevel::Debug;
  if (text == "info") return LogLevel::Info;
  if (text == "warning" || text == "warn") return LogLevel::Warning;
  if (text == "error") return LogLevel::Error;
  return std::nullopt;
}

Log::Log(const Clock& clock) : Log(clock, writeToStandardError) {}

Log::Log(const Clock& clock, Sink sink) : clock_(clock), sink_(std::move(sink)) { setLevel(LogLevel::Info); }

void Log::setLevel(LogLevel level, const LoggerLevels& loggers) {
  for (std::size_t at = 0; at < kLoggers.size(); ++at) {
    const auto own = loggers.find(kLoggers[at]);
    levels_[at] = own == loggers.end() ? level : own->second;
  }
}

bool Log::enabled(LogLevel level, std::string_view logger) const {
  const auto found = std::find(kLoggers.begin(), kLoggers.end(), logger);
  // One that is not listed speaks up rather than going unheard.
  return found == kLoggers.end() ||
         level >= levels_[static_cast<std::size_t>(found - kLoggers.begin())].load(std::memory_order_relaxed);
}

void Log::write(LogLevel level, std::string_view logger, std::string_view message,
                std::initializer_list<LogField> fields) {
  if (!enabled(level, logger)) return;
  std::string line;
  const std::string time = toRfc3339(clock_.now());
  if (format_ == LogFormat::Json) {
    fmt::format_to(std::back_inserter(line), R"({{"time":"{}","level":"{}","logger":"{}","message":)", time,
                   name(level), logger);
    appendQuoted(line, message);
    for (const auto& field : fields) {
      line.push_back(',');
      appendQuoted(line, field.name);
      line.push_back(':');
      if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        appendQuoted(line, *text);
      } else {
        line += std::to_string(std::get<std::int64_t>(field.value));
      }
    }
    line += "}\n";
  } else {
    fmt::format_to(std::back_inserter(line), "{} {:<7} {}: ", time, name(level), logger);
    appendEscaped(line, message);
    for (const auto& field : fields) {
      line.push_back(' ');
      line += field.name;
      line.push_back('=');
      if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        if (needsQuotes(*text)) {
          appendQuoted(line, *text);
        } else {
          line += *text;
        }
      } else {
        line += std::to_string(std::get<std::int64_t>(field.value));
      }
    }
    line.push_back('\n');
  }
  const std::lock_guard lock(mutex_);
  sink_(line);
}

}  // namespace landfall::base
