// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/adapters/plugin.h"
#include "core/base/status.h"

namespace landfall::adapters {

/// Ok when `options` is a JSON object that fits a plugin's table: known names, all required ones, the right types.
/// InvalidArgument names the first option that is wrong and what would be right. Values are not repeated in it.
base::Status checkOptions(const std::vector<OptionDescription>& known, std::string_view options);

}  // namespace landfall::adapters
