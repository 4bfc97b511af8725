// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "storage/store.h"

namespace landfall::http {

/// Percent-decodes one part of a URL; nothing when an escape is broken.
std::optional<std::string> percentDecoded(std::string_view text);

/// The parameters of a request's query, each at most once.
class Query {
 public:
  /// InvalidArgument names a parameter that is not among `known`, comes twice, or is broken.
  static base::Result<Query> parse(std::string_view text, std::initializer_list<std::string_view> known);

  /// None when absent or empty.
  std::optional<std::string> text(std::string_view name) const;
  base::Result<std::optional<base::UtcTime>> time(std::string_view name) const;
  /// `limit` (1 to 1,000, default 50) and `cursor`.
  base::Result<storage::PageRequest> page() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace landfall::http
