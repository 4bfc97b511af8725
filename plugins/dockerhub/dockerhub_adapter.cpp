// SPDX-License-Identifier: Apache-2.0
//
// Docker Hub. One kind of webhook, the push of a tag; no signature and no header of its own: the secret is in the URL.
// The body has a `callback_url`, which is kept for people to see and never called: a URL out of a payload is anybody's.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "dockerhub_samples.h"
#include "landfall/adapter.hpp"
#include "landfall/json.hpp"
#include "landfall/reference.hpp"

namespace landfall::dockerhub {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kWhitespace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhitespace) - first + 1);
}

/// Whether a name brings its registry along: its first part is a host by the rule that every client uses.
bool namesRegistry(std::string_view name) {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return false;
  const auto first = name.substr(0, slash);
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

/// The media types that only images have. Others, the OCI manifest's and none at all among them, leave it open.
bool saysImage(std::string_view media_type) {
  constexpr std::array<std::string_view, 5> kImageTypes = {
      "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.config.v1+json",
      "application/vnd.docker.container.image.v1+json"};
  return std::find(kImageTypes.begin(), kImageTypes.end(), media_type) != kImageTypes.end();
}

bool isTextOrNothing(const Json& value) { return value.is_null() || value.is_string(); }
bool isObjectOrNothing(const Json& value) { return value.is_null() || value.is_object(); }

/// Why the body is of no shape that Docker Hub sends, or empty. `images` and the numbers have had several types over
/// the years, so nothing is asked of them.
std::string_view wrongShape(const Json& body) {
  if (!body.is_object()) return "the body is JSON, but no object";
  const Json& push_data = at(body, "push_data");
  const Json& repository = at(body, "repository");
  if (!isObjectOrNothing(push_data)) return "push_data is no object";
  if (!isObjectOrNothing(repository)) return "repository is no object";
  if (!isTextOrNothing(at(push_data, "tag"))) return "push_data.tag is no string";
  if (!isTextOrNothing(at(push_data, "media_type"))) return "push_data.media_type is no string";
  if (!isTextOrNothing(at(repository, "repo_name"))) return "repository.repo_name is no string";
  return {};
}

/// The name of the repository on Docker Hub. Where `repo_name` is missing, `namespace` and `name` make it up, but only
/// in a push that is otherwise Docker Hub's own: each of those has the time of the push. Kargo refreshes nothing then.
std::string repositoryName(const Json& body) {
  const Json& repository = at(body, "repository");
  const std::string repo_name = textAt(repository, "repo_name");
  if (const auto name = trimmed(repo_name); !name.empty()) return std::string(name);
  if (!at(at(body, "push_data"), "pushed_at").is_number()) return {};
  const std::string owner = textAt(repository, "namespace");
  const std::string name = textAt(repository, "name");
  return owner.empty() || name.empty() ? std::string() : owner + "/" + name;
}

std::string detailsOf(const Json& body) {
  const Json& push_data = at(body, "push_data");
  Json details = Json::object();
  keepDetails(details, body, {"callback_url"});
  keepDetails(details, at(body, "repository"),
              {"repo_url", "owner", "status", "is_official", "is_private", "is_trusted"});
  if (const Json& images = at(push_data, "images"); images.is_array()) details["image_count"] = images.size();
  if (const Json& hardened = at(body, "dhi_metadata"); hardened.is_object()) {
    Json& digests = details["dhi_digests"] = Json::array();
    for (const auto& entry : hardened.items()) digests.push_back(entry.key());
  }
  return details.empty() ? std::string() : details.dump();
}

class DockerHubAdapter final : public Adapter {
 public:
  explicit DockerHubAdapter(const Receiver&) {}

  static Description describe() {
    Description description;
    description.id = "dockerhub";
    description.version = "1.0.0";
    description.url_is_credential = true;
    description.samples = samples();
    return description;
  }

  Verdict authenticate(const Request&) const override { return Verdict::Authentic; }
  void sign(const Request&, const Signature&) const override {}

  Outcome parse(const Request& request, const Out& out) const override {
    const Json body = parseJson(request.body());
    if (const auto wrong = wrongShape(body); !wrong.empty()) return unrecognised(out, wrong);
    const std::string name = repositoryName(body);
    if (name.empty()) return unrecognised(out, "no repository.repo_name says what was pushed");

    const Json& push_data = at(body, "push_data");
    Artifact artifact;
    artifact.media_type = textAt(push_data, "media_type");
    if (name.find("://") != std::string::npos && saysImage(artifact.media_type)) {
      return unrecognised(out, "repository.repo_name has a scheme, as only a chart's name may");
    }
    artifact.repository = namesRegistry(name) ? name : "docker.io/" + name;
    setTagOrDigest(artifact, textAt(push_data, "tag"));

    Event event;
    event.action = Action::Push;
    event.kind = "push";
    event.actor = textAt(push_data, "pusher");
    event.occurred_at = unixTimeAt(push_data, "pushed_at");
    event.details = detailsOf(body);
    out.event(event);
    out.artifact(artifact);
    return Outcome::Pushed;
  }

 private:
  static Outcome unrecognised(const Out& out, std::string_view reason) {
    out.reason(reason);
    return Outcome::Unrecognised;
  }
};

}  // namespace
}  // namespace landfall::dockerhub

LANDFALL_EXPORT_ADAPTER(landfall::dockerhub::DockerHubAdapter)
