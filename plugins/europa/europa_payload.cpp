// SPDX-License-Identifier: Apache-2.0
#include "europa_payload.h"

#include <algorithm>

#include "landfall/reference.hpp"

namespace landfall::europa {
namespace {

const Json& image(const Json& document) { return at(document, "image"); }
const Json& repository(const Json& document) { return at(document, "repository"); }

bool isTextOrNull(const Json& value) { return value.is_string() || value.is_null(); }

bool isListOfTexts(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& tag) { return tag.is_string(); });
}

/// The registry that the provider means; empty when the payload and the configuration do not tell.
std::string hostOf(const Json& document, const Registry& registry) {
  if (!registry.host.empty()) return registry.host;
  const std::string provider = textAt(repository(document), "provider");
  const std::string region = textAt(repository(document), "region");
  if (provider == "DOCKERHUB") return "docker.io";
  if (provider == "GCR") return region;  // Europa puts the host there: gcr.io, us.gcr.io, …
  if (provider == "ECR" && !region.empty() && !registry.account.empty()) {
    const bool is_china = region.starts_with("cn-");  // its registries have a domain of their own
    return registry.account + ".dkr.ecr." + region + ".amazonaws.com" + (is_china ? ".cn" : "");
  }
  return {};
}

std::string pathOf(const Json& document) {
  const std::string name = textAt(repository(document), "name");
  const bool is_official =
      textAt(repository(document), "provider") == "DOCKERHUB" && name.find('/') == std::string::npos;
  return is_official ? "library/" + name : name;
}

}  // namespace

std::optional<std::string> findWrongShape(const Json& document) {
  if (!image(document).is_object()) return "`image` is no object";
  if (!isListOfTexts(at(image(document), "tags"))) return "`image.tags` is no list of strings";
  // Its absence says neither push nor deletion, as null does.
  if (!image(document).contains("sha")) return "`image.sha` is missing";
  if (!isTextOrNull(at(image(document), "sha"))) return "`image.sha` is neither a string nor null";
  const Json& size = at(image(document), "size");
  if (!size.is_number() && !size.is_null()) return "`image.size` is neither a number nor null";
  if (!isTextOrNull(at(image(document), "pushed"))) return "`image.pushed` is no string";
  if (textAt(repository(document), "name").empty()) return "`repository.name` is no string, or empty";
  if (!isTextOrNull(at(repository(document), "region"))) return "`repository.region` is neither a string nor null";
  if (!isTextOrNull(at(repository(document), "provider"))) return "`repository.provider` is neither a string nor null";
  return std::nullopt;
}

bool isTestWebhook(const Json& document) {
  return textAt(repository(document), "name") == "test-repo" && at(image(document), "tags") == Json::array({"12345"}) &&
         textAt(image(document), "sha") == "d573f3ab519f9e83046bbc66d9f68fb11c3a7037";
}

Action actionOf(const Json& document) { return at(image(document), "sha").is_null() ? Action::Delete : Action::Push; }

std::vector<Artifact> readArtifacts(const Json& document, const Registry& registry) {
  Artifact artifact;
  const std::string host = hostOf(document, registry);
  artifact.host_unknown = host.empty();
  artifact.repository = host.empty() ? pathOf(document) : host + "/" + pathOf(document);
  artifact.digest = digestOrNothing(textAt(image(document), "sha"));
  artifact.action = actionOf(document);

  std::vector<Artifact> artifacts;
  for (const Json& tag : at(image(document), "tags")) {
    if (tag == "") continue;
    Artifact tagged = artifact;
    setTagOrDigest(tagged, tag.get_ref<const std::string&>());
    artifacts.push_back(std::move(tagged));
  }
  if (artifacts.empty()) artifacts.push_back(std::move(artifact));
  return artifacts;
}

std::string describeDetails(const Json& document) {
  Json details = Json::object();
  if (auto provider = textAt(repository(document), "provider"); !provider.empty()) details["provider"] = provider;
  if (auto region = textAt(repository(document), "region"); !region.empty()) details["region"] = region;
  if (const Json& size = at(image(document), "size"); size.is_number()) details["size"] = size;
  return details.empty() ? std::string() : details.dump();
}

}  // namespace landfall::europa
