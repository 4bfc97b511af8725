// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
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

/// One named value of a log line. The text is borrowed for the call.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// Writes lines of text for people or of JSON for machines. Never give it a secret: it writes what it is given.
/// Control characters in messages and values are escaped, so one call is one line. Thread-safe.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;

  /// Lines go to standard error.
  explicit Log(const Clock& clock);
  /// Lines (with their line feed) go to `sink`, one call at a time.
  Log(const Clock& clock, Sink sink);

  void setLevel(LogLevel level) { level_ = level; }
  void setFormat(LogFormat format) { format_ = format; }
  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  /// `component` is the folder that speaks ("intake", "delivery"); `message` a constant sentence, what varies is in
  /// `fields`.
  void write(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields = {});

  void debug(std::string_view component, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Debug, component, message, fields);
  }
  void info(std::string_view component, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Info, component, message, fields);
  }
  void warning(std::string_view component, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Warning, component, message, fields);
  }
  void error(std::string_view component, std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::Error, component, message, fields);
  }

 private:
  const Clock& clock_;
  const Sink sink_;
  std::atomic<LogLevel> level_ = LogLevel::Info;
  std::atomic<LogFormat> format_ = LogFormat::Text;
  std::mutex mutex_;
};

}  // namespace landfall::base
