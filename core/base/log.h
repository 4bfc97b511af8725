// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/clock.h"

namespace landfall::base {

enum class LogLevel { Debug, Info, Warning, Error };
enum class LogFormat { Text, Json };

std::string_view name(LogLevel level);
/// "debug", "info", "warning" (or "warn"), "error".
std::optional<LogLevel> parseLogLevel(std::string_view text);

/// Who speaks: a folder of the core each, `storage` for every store, `plugins` for all plugins.
inline constexpr std::array<std::string_view, 11> kLoggers{"adapters",   "admin",   "config", "daemon",
                                                           "delivery",   "http",    "intake", "kubernetes",
                                                           "operations", "plugins", "storage"};

/// Levels of loggers that have one of their own.
using LoggerLevels = std::map<std::string, LogLevel, std::less<>>;

/// One named value of a log line. The text is borrowed for the call.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// Writes lines of text for people or of JSON for machines. Never give it a secret: it writes what it is given.
/// What is written is escaped (log_text.h), so that one call is one line, and no terminal takes it for a command.
/// Thread-safe.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;

  /// Lines go to standard error.
  explicit Log(const Clock& clock);
  /// Lines (with their line feed) go to `sink`, one call at a time.
  Log(const Clock& clock, Sink sink);

  /// For all loggers but those with a level of their own. A line that is being written meanwhile may go by either.
  void setLevel(LogLevel level, const LoggerLevels& loggers = {});
  void setFormat(LogFormat format) { format_ = format; }
  bool enabled(LogLevel level, std::string_view logger) const;

  /// `logger` is one of kLoggers; `message` a constant sentence, which docs/messages.md explains; what varies is in
  /// `fields`.
  void write(LogLevel level, std::string_view logger, std::string_view message,
             std::initializer_list<LogField> fields = {});

  void debug(std::string_view logger, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Debug, logger, message, fields);
  }
  void info(std::string_view logger, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Info, logger, message, fields);
  }
  void warning(std::string_view logger, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Warning, logger, message, fields);
  }
  void error(std::string_view logger, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Error, logger, message, fields);
  }

 private:
  const Clock& clock_;
  const Sink sink_;
  std::array<std::atomic<LogLevel>, kLoggers.size()> levels_;
  std::atomic<LogFormat> format_ = LogFormat::Text;
  std::mutex mutex_;
};

}  // namespace landfall::base
