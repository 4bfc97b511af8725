// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/status.h"

namespace landfall::matching {

/// Ok when Kargo can build a path selector from `text`: `glob:` with a pattern as bmatcuk/doublestar v4.10.0 validates
/// it, `regex:` or `regexp:` with an expression of Go; all other text is a base directory, and good.
/// InvalidArgument says what is wrong.
base::Status checkPathSelector(std::string_view text);

}  // namespace landfall::matching
