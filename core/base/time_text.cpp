// SPDX-License-Identifier: Apache-2.0
#include "core/base/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace landfall::base {
namespace {

using std::chrono::day;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

/// Takes exactly `count` digits off the front of `text`.
std::optional<int> takeNumber(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<milliseconds> takeTimeOfDay(std::string_view& text) {
  const auto h = takeNumber(text, 2);
  if (!h || *h > 23 || !take(text, ":")) return std::nullopt;
  const auto m = takeNumber(text, 2);
  if (!m || *m > 59 || !take(text, ":")) return std::nullopt;
  const auto s = takeNumber(text, 2);
  if (!s || *s > 60) return std::nullopt;
  return hours(*h) + minutes(*m) + seconds(*s);
}

}  // namespace

std::string toRfc3339(UtcTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<UtcTime> parseRfc3339(std::string_view text) {
  const auto y = takeNumber(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto mo = takeNumber(text, 2);
  if (!mo || !take(text, "-")) return std::nullopt;
  const auto d = takeNumber(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  if (!date.ok() || !(take(text, "T") || take(text, "t") || take(text, " "))) return std::nullopt;
  const auto time_of_day = takeTimeOfDay(text);
  if (!time_of_day) return std::nullopt;

  milliseconds fraction{0};
  if (take(text, ".")) {
    int scale = 100;
    std::size_t digits = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      fraction += milliseconds((text[0] - '0') * scale);
      scale /= 10;
      ++digits;
      text.remove_prefix(1);
    }
    if (digits == 0) return std::nullopt;
  }

  minutes offset{0};
  if (!(take(text, "Z") || take(text, "z"))) {
    const int sign = take(text, "+") ? 1 : take(text, "-") ? -1 : 0;
    if (sign == 0) return std::nullopt;
    const auto h = takeNumber(text, 2);
    if (!h || *h > 23 || !take(text, ":")) return std::nullopt;
    const auto m = takeNumber(text, 2);
    if (!m || *m > 59) return std::nullopt;
    offset = sign * (hours(*h) + minutes(*m));
  }
  if (!text.empty()) return std::nullopt;
  return UtcTime(sys_days(date)) + *time_of_day + fraction - offset;
}

std::optional<UtcTime> parseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  bool named = false;
  for (const auto name : kDays) named = named || take(text, name);
  if (!named || !take(text, ", ")) return std::nullopt;
  const auto d = takeNumber(text, 2);
  if (!d || !take(text, " ")) return std::nullopt;
  unsigned mo = 0;
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (mo == 0 && take(text, kMonths[i])) mo = i + 1;
  }
  if (mo == 0 || !take(text, " ")) return std::nullopt;
  const auto y = takeNumber(text, 4);
  if (!y || !take(text, " ")) return std::nullopt;
  const auto time_of_day = takeTimeOfDay(text);
  if (!time_of_day || text != " GMT") return std::nullopt;
  const year_month_day date{year(*y), month(mo), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return UtcTime(sys_days(date)) + *time_of_day;
}

}  // namespace landfall::base
