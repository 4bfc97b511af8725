// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/matching/go_regex.h"

namespace landfall::matching {

/// `allowTagsRegexes` and `ignoreTagsRegexes` of a subscription. Immutable; any thread.
class TagFilter {
 public:
  /// What Kargo's subscriptions say about tags, borrowed for the call.
  struct Fields {
    const std::vector<std::string>& allow_regexes;
    const std::vector<std::string>& ignore_regexes;
    const std::string& retired_allow;
    const std::vector<std::string>& retired_ignore;
  };

  /// InvalidArgument names the field: an expression that does not compile, or one of the fields retired in Kargo 1.11.
  static base::Result<TagFilter> compile(const Fields& fields);

  /// The expression that keeps `tag` out; none when nothing does.
  const GoRegex* ignoredBy(std::string_view tag) const;
  /// Whether some expression lets it in; always when there are none.
  bool allows(std::string_view tag) const;

 private:
  std::vector<GoRegex> allow_;
  std::vector<GoRegex> ignore_;
};

}  // namespace landfall::matching
