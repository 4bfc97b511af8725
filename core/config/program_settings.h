// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/config/fields.h"
#include "core/config/settings.h"

namespace landfall::config {

/// Reads `refreshers.command.programs`: {name: {argv: [/absolute/path, argument, …], timeout}}. What is wrong is
/// reported and left out; the line of each that is good goes into `lines`, by its whole key. Looks at no file.
std::map<std::string, Settings::Refreshers::Program> readPrograms(const Located& listed,
                                                                  std::map<std::string, std::size_t>& lines,
                                                                  Report& report);

}  // namespace landfall::config
