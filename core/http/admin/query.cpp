// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/query.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/hex_digit.h"
#include "core/base/time_text.h"

namespace landfall::http {
namespace {

constexpr std::size_t kMaxPage = 1000;

}  // namespace

std::optional<std::string> percentDecoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = base::hexDigit(text[i + 1]);
    const int low = base::hexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return decoded;
}

Query Query::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  Query query;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    std::string raw(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1));
    std::replace(raw.begin(), raw.end(), '+', ' ');
    const auto name = percentDecoded(part.substr(0, equals));
    const auto value = percentDecoded(raw);
    if (!name || !value) {
      query.refuse(name.value_or(""), "a query parameter has a broken percent escape");
    } else if (std::find(known.begin(), known.end(), *name) == known.end()) {
      std::string list;
      for (const auto one : known) list += (list.empty() ? "" : ", ") + std::string(one);
      query.refuse(*name, "unknown query parameter " + *name + "; known: " + (list.empty() ? "none" : list));
    } else if (!query.values_.emplace(*name, *value).second) {
      query.refuse(*name, "query parameter " + *name + " is given twice");
    }
  }
  return query;
}

Query Query::of(Values values, std::string prefix, std::optional<BadInput> bad) {
  Query query;
  query.values_ = std::move(values);
  query.prefix_ = std::move(prefix);
  query.bad_ = std::move(bad);
  return query;
}

void Query::refuse(std::string_view name, std::string message) {
  if (!bad_) bad_ = BadInput{prefix_ + std::string(name), std::move(message)};
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<base::UtcTime> Query::time(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto parsed = base::parseRfc3339(*value);
  if (!parsed) refuse(name, std::string(name) + " is no RFC 3339 time such as 2026-11-20T10:00:00Z");
  return parsed;
}

std::optional<std::uint64_t> Query::number(std::string_view name, std::uint64_t least, std::uint64_t most) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = value->data() + value->size();
  const auto read = std::from_chars(value->data(), end, number);
  if (read.ec == std::errc() && read.ptr == end && number >= least && number <= most) return number;
  refuse(name, std::string(name) + " is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

storage::PageRequest Query::page() {
  storage::PageRequest page;
  if (const auto limit = number("limit", 1, kMaxPage)) page.limit = *limit;
  page.cursor = text("cursor");
  return page;
}

}  // namespace landfall::http
