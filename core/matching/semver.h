// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace landfall::matching {

/// A version as Masterminds/semver v3.5.0 reads it.
struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease;  ///< without the hyphen; build metadata is not kept: it never counts

  /// The lenient reader: a leading `v`, missing parts and leading zeros are accepted.
  static std::optional<Version> parseLoose(std::string_view text);
  /// As Kargo's strict mode: all three numbers, no leading zeros; one leading `v` is allowed.
  static std::optional<Version> parseStrict(std::string_view text);
};

/// Negative, zero or positive; a pre-release is before its release.
int compare(const Version& a, const Version& b);

/// A constraint in Masterminds/semver's grammar ("^1.2", ">=1 <2 || 3.x", "1.0 - 2.0"). Immutable; any thread.
class Constraint {
 public:
  /// InvalidArgument with the place and what would be right.
  static base::Result<Constraint> parse(std::string_view text);

  bool admits(const Version& version) const;

  /// Whether some term names a pre-release. Alternatives without one admit no pre-release at all.
  bool namesPrerelease() const;

 private:
  struct Term {
    enum class Op { Equal, NotEqual, Greater, Less, GreaterEqual, LessEqual, Tilde, Caret } op = Op::Equal;
    Version version;
    bool dirty = false;  ///< some part is missing or a wildcard
    bool minor_dirty = false;
    bool patch_dirty = false;
  };
  using Alternative = std::vector<Term>;

  static base::Result<Alternative> parseAlternative(std::string_view text);
  static std::optional<Term> makeTerm(Term::Op op, std::string_view version_text);
  static bool namesPrerelease(const Alternative& alternative);
  static bool admits(const Term& term, const Version& version);

  std::vector<Alternative> alternatives_;  ///< OR of ANDs
};

}  // namespace landfall::matching
