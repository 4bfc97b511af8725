// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace landfall::model {

/// The rule that decided whether a subscription takes an artifact.
enum class MatchRule {
  // it takes it
  RepositoryAlone,      ///< the artifact has neither tag nor digest: the repository decides
  TagAdmitted,          ///< regexes let it through and the strategy asks for no more (Lexical, NewestBuild)
  ConstraintSatisfied,  ///< a version, and within the constraint (or there is none)
  DigestTagEqual,       ///< strategy Digest: the tag equals the constraint
  // it does not
  OtherRepository,         ///< the repositories differ
  ActionRefreshesNothing,  ///< only pushes refresh
  OtherProject,            ///< the receiver's project is another one
  IgnoredByRegex,          ///< ignoreTagsRegexes hits
  NotAllowedByRegex,       ///< allowTagsRegexes is set and none hits
  NotAVersion,             ///< the tag is no (strict) semantic version
  OutsideConstraint,       ///< a version, but the constraint refuses it
  OtherTag,                ///< strategy Digest: the tag is another one
  GitOnly,                 ///< a git subscription: registries' artifacts never match it
};

bool takes(MatchRule rule);

/// The rule as machines read it ("outside_constraint").
std::string_view name(MatchRule rule);

/// Why one subscription of a Warehouse did or did not take one artifact.
struct MatchReason {
  std::size_t artifact = 0;      ///< index into the event's artifacts
  std::size_t subscription = 0;  ///< index into the Warehouse's subscriptions
  MatchRule rule = MatchRule::OtherRepository;
  std::string detail;  ///< a sentence for people, with the values compared
};

}  // namespace landfall::model
