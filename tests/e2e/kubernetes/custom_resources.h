// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace landfall::testing {

/// CustomResourceDefinitions of the kinds that Landfall reads and annotates, of our own writing: Kargo's drop the keys
/// they do not know, and have a status of its own, as in a real cluster.
std::vector<nlohmann::json> customResources();

/// One that has nothing to do with them: any spec and any status.
nlohmann::json anyResource(const std::string& group, const std::string& kind, const std::string& plural);

}  // namespace landfall::testing
