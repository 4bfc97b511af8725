// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace landfall::testing {

/// The documents of a YAML file as an API server would be given them: what is quoted is text, what looks like a JSON
/// scalar is one. Throws when it is no YAML.
std::vector<nlohmann::json> readYamlManifests(const std::filesystem::path& file);

/// The manifests of config/kubernetes, kustomization.yaml aside, by file.
std::vector<std::filesystem::path> kubernetesManifests(const std::filesystem::path& source_folder);

}  // namespace landfall::testing
