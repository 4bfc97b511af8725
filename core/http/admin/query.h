// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "storage/store.h"

namespace landfall::http {

/// Percent-decodes one part of a URL; nothing when an escape is broken.
std::optional<std::string> percentDecoded(std::string_view text);

/// What is wrong with a request's input, and with which parameter of it.
struct BadInput {
  std::string parameter;  ///< empty: with none in particular
  std::string message;
};

/// The parameters of a request, each at most once. Reads on when one of them is bad: the first that is, is told by
/// bad(), and what was read then counts for nothing.
class Query {
 public:
  /// Bad: a parameter that is not among `known`, comes twice, or is broken.
  static Query parse(std::string_view text, std::initializer_list<std::string_view> known);
  using Values = std::map<std::string, std::string, std::less<>>;
  /// Of values that are decoded already; `prefix` stands before their names when one of them is told to be bad.
  static Query of(Values values, std::string prefix, std::optional<BadInput> bad = std::nullopt);

  /// None when absent or empty.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<base::UtcTime> time(std::string_view name);
  /// A whole number from `least` to `most`.
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most);
  /// One of the words that `read` knows; `words` lists them for people.
  template <class Value>
  std::optional<Value> word(std::string_view name, std::optional<Value> (*read)(std::string_view),
                            std::string_view words) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    const auto value = read(*given);
    if (!value) refuse(name, std::string(name) + " is none of " + std::string(words));
    return value;
  }
  /// `limit` (1 to 1,000, default 50) and `cursor`.
  storage::PageRequest page();

  const std::optional<BadInput>& bad() const { return bad_; }

 private:
  void refuse(std::string_view name, std::string message);

  Values values_;
  std::string prefix_;
  std::optional<BadInput> bad_;
};

}  // namespace landfall::http
