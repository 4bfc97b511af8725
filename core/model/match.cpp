// SPDX-License-Identifier: Apache-2.0
#include "core/model/match.h"

namespace landfall::model {

bool takes(MatchRule rule) {
  return rule == MatchRule::RepositoryAlone || rule == MatchRule::TagAdmitted ||
         rule == MatchRule::ConstraintSatisfied || rule == MatchRule::DigestTagEqual;
}

std::string_view name(MatchRule rule) {
  switch (rule) {
    case MatchRule::RepositoryAlone:
      return "repository_alone";
    case MatchRule::TagAdmitted:
      return "tag_admitted";
    case MatchRule::ConstraintSatisfied:
      return "constraint_satisfied";
    case MatchRule::DigestTagEqual:
      return "digest_tag_equal";
    case MatchRule::OtherRepository:
      return "other_repository";
    case MatchRule::ActionRefreshesNothing:
      return "action_refreshes_nothing";
    case MatchRule::OtherProject:
      return "other_project";
    case MatchRule::IgnoredByRegex:
      return "ignored_by_regex";
    case MatchRule::NotAllowedByRegex:
      return "not_allowed_by_regex";
    case MatchRule::NotAVersion:
      return "not_a_version";
    case MatchRule::OutsideConstraint:
      return "outside_constraint";
    case MatchRule::OtherTag:
      return "other_tag";
    case MatchRule::GitOnly:
      return "git_only";
  }
  return "unknown";
}

}  // namespace landfall::model
