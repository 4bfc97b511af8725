// SPDX-License-Identifier: Apache-2.0
#include "tests/support/yaml_manifests.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace landfall::testing {
namespace {

using nlohmann::json;

json toJson(const YAML::Node& node) {
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node) list.push_back(toJson(item));
    return list;
  }
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& member : node) object[member.first.as<std::string>()] = toJson(member.second);
    return object;
  }
  if (!node.IsScalar()) return nullptr;
  const json parsed = node.Tag() == "!" ? json() : json::parse(node.Scalar(), nullptr, false);
  return parsed.is_number() || parsed.is_boolean() ? parsed : json(node.Scalar());
}

}  // namespace

std::vector<json> readYamlManifests(const std::filesystem::path& file) {
  std::vector<json> documents;
  for (const auto& document : YAML::LoadAllFromFile(file.string())) documents.push_back(toJson(document));
  return documents;
}

std::vector<std::filesystem::path> kubernetesManifests(const std::filesystem::path& source_folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_folder / "config/kubernetes")) {
    const auto& path = entry.path();
    if (path.extension() == ".yaml" && path.filename() != "kustomization.yaml") files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace landfall::testing
