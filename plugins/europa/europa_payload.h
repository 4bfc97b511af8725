// SPDX-License-Identifier: Apache-2.0
//
// What Europa's webhooks say (ramakrishnamukku/europa notifiers/ImagePushWebhookContent.java). Pure; any thread; any
// JSON is good.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "landfall/adapter.hpp"
#include "landfall/json.hpp"

namespace landfall::europa {

/// The only event there is, in the header and in the body.
inline constexpr std::string_view kPushEvent = "DockerImagePush";

/// What a receiver's configuration adds to payloads that name no registry.
struct Registry {
  std::string host;     ///< stands before every repository; empty: built from the provider
  std::string account;  ///< AWS account id for ECR; empty: not known
};

/// The first field that is neither of Europa's type nor, where Europa writes it, null, as a sentence.
std::optional<std::string> findWrongShape(const Json& document);

/// The body of the "Test webhook" button: names a repository that need not exist.
bool isTestWebhook(const Json& document);

/// Push, or Delete when a tag has vanished: Europa says so by a null digest alone (db/RegistryManifestDb.java).
Action actionOf(const Json& document);

/// One artifact per tag; one without a tag when there is none.
std::vector<Artifact> readArtifacts(const Json& document, const Registry& registry);

/// provider, region and size in bytes, as a JSON object; each only where the payload has it.
std::string describeDetails(const Json& document);

}  // namespace landfall::europa
