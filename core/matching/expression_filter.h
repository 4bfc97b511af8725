// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/status.h"

namespace landfall::matching {

/// InvalidArgument when `text` is plainly no expression of expr-lang: Kargo compiles the filter of a git subscription
/// before it takes it, and there is no such compiler here. Checked is what needs no grammar: there is something besides
/// white space and comments, strings and comments end, and brackets come in pairs. What passes may still be refused by
/// Kargo (an unknown operator, two values in a row); filters are never evaluated here.
base::Status checkExpressionFilter(std::string_view text);

}  // namespace landfall::matching
