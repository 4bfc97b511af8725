// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace re2 {
class RE2;
}

namespace landfall::matching {

/// A regular expression of Go's regexp (1.26), run by RE2: the same syntax, the same linear time, bounded memory. Where
/// the two differ Go's way is taken: named groups may share a name and be written `(?<name>…)`, `\C` is refused.
/// Differences that are left: classes by property (`\p{…}`) are known by RE2's names alone (`\pL`, `\p{Greek}`),
/// without the long and loose spellings that Go has taken since 1.25 (`\p{Letter}`); what compiles to more than 8 MiB
/// (`\pL{1000}`) is refused; `\B` also matches inside of a character beyond ASCII. Immutable; any thread.
class GoRegex {
 public:
  /// InvalidArgument with what is wrong with it.
  static base::Result<GoRegex> compile(std::string_view pattern);

  /// Whether it matches anywhere in `text`.
  bool hits(std::string_view text) const;

  const std::string& pattern() const { return pattern_; }

 private:
  GoRegex(std::string pattern, std::shared_ptr<const re2::RE2> compiled);

  std::string pattern_;  ///< as it was given
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace landfall::matching
