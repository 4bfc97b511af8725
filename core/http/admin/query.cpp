// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/query.h"

#include <algorithm>
#include <charconv>

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

base::Result<Query> Query::parse(std::string_view text, std::initializer_list<std::string_view> known) {
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
    if (!name || !value) return base::invalidArgument("a query parameter has a broken percent escape");
    if (std::find(known.begin(), known.end(), *name) == known.end()) {
      std::string list;
      for (const auto one : known) list += (list.empty() ? "" : ", ") + std::string(one);
      return base::invalidArgument("unknown query parameter " + *name + "; known: " + (list.empty() ? "none" : list));
    }
    if (!query.values_.emplace(*name, *value).second) {
      return base::invalidArgument("query parameter " + *name + " is given twice");
    }
  }
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

base::Result<std::optional<base::UtcTime>> Query::time(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::optional<base::UtcTime>();
  const auto parsed = base::parseRfc3339(*value);
  if (!parsed) {
    return base::invalidArgument(std::string(name) + " is no RFC 3339 time such as 2026-11-20T10:00:00Z");
  }
  return std::optional<base::UtcTime>(*parsed);
}

base::Result<storage::PageRequest> Query::page() const {
  storage::PageRequest page;
  if (const auto limit = text("limit")) {
    const char* end = limit->data() + limit->size();
    const auto read = std::from_chars(limit->data(), end, page.limit);
    if (read.ec != std::errc() || read.ptr != end || page.limit < 1 || page.limit > kMaxPage) {
      return base::invalidArgument("limit is a whole number from 1 to 1000");
    }
  }
  page.cursor = text("cursor");
  return page;
}

}  // namespace landfall::http
