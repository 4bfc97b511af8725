// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace landfall::config {

/// A suggestion for a name that is not known: "did you mean maxBodyBytes?", or the whole list when none is near.
/// Empty when nothing is known.
std::string suggestName(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace landfall::config
