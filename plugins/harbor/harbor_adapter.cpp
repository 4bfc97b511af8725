// SPDX-License-Identifier: Apache-2.0
//
// Harbor: `Authorization` as the policy's "Auth Header" field has it, payloads in Harbor's own format or as
// CloudEvents.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harbor_payload.h"
#include "harbor_samples.h"
#include "landfall/adapter.hpp"
#include "landfall/json.hpp"

namespace landfall::harbor {
namespace {

constexpr std::string_view kAuthorization = "Authorization";
constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool isBlank(std::string_view text) { return text.find_first_not_of(kBlanks) == std::string_view::npos; }

bool hasBlankEnds(std::string_view text) {
  return kBlanks.find(text.front()) != std::string_view::npos || kBlanks.find(text.back()) != std::string_view::npos;
}

Outcome unrecognised(const Out& out, std::string_view reason) {
  out.reason(reason);
  return Outcome::Unrecognised;
}

class HarborAdapter final : public Adapter {
 public:
  explicit HarborAdapter(const Receiver& receiver)
      : host_(receiver.host), registry_host_(receiver.registry_host), secrets_(receiver.firstKeys()) {
    if (secrets_.empty() || std::any_of(secrets_.begin(), secrets_.end(), isBlank)) {
      throw std::runtime_error(
          "the Secret's `auth-header` is empty or blank; it has to be the text of the webhook policy's \"Auth Header\" "
          "field");
    }
    if (std::any_of(secrets_.begin(), secrets_.end(), hasBlankEnds)) {
      host_.log(LANDFALL_LOG_WARNING,
                "a Secret's `auth-header` begins or ends with white space, which never arrives in a header: no request "
                "will be authentic with it");
    }
  }

  static Description describe() {
    return {.id = "harbor",
            .version = "1.0.0",
            .secret_keys = {"auth-header"},
            .headers = {{kAuthorization, true}},
            .samples = samples()};
  }

  Verdict authenticate(const Request& request) const override {
    const auto given = request.header(kAuthorization);
    if (!given) return Verdict::Refused;
    bool authentic = false;
    for (const auto& secret : secrets_) {
      // No early end: how long it takes must not tell which of the secrets it was.
      authentic = host_.constantTimeEqual(*given, secret) || authentic;
    }
    return authentic ? Verdict::Authentic : Verdict::Refused;
  }

  Outcome parse(const Request& request, const Out& out) const override {
    const Json document = parseJson(request.body());
    const Envelope envelope = readEnvelope(document);
    if (envelope.type.empty()) return unrecognised(out, "no `type` that names Harbor's event");
    Event event;
    event.kind = envelope.type;
    event.actor = envelope.actor;
    event.sender_delivery_id = envelope.id;
    event.occurred_at = envelope.occurred_at;

    const EventType* type = findEventType(envelope.type);
    if (type == nullptr) {
      out.event(event);
      out.reason("an event type of Harbor's that this adapter does not know");
      return Outcome::Nothing;
    }
    event.action = type->action;
    const auto wrong = findWrongShape(document, envelope);
    if (!wrong) event.details = describeDetails(document, envelope, *type);
    out.event(event);
    return wrong ? unrecognised(out, *wrong) : report(eventData(document, envelope), *type, out);
  }

  void sign(const Request&, const Signature& signature) const override {
    signature.header(kAuthorization, secrets_.front());
  }

 private:
  Outcome report(const Json& data, const EventType& type, const Out& out) const {
    const std::vector<Artifact> artifacts = readArtifacts(data, type, registry_host_);
    const bool is_push = type.action == Action::Push && !at(data, "resources").empty();
    if (is_push && artifacts.empty()) {
      return unrecognised(out,
                          "no resource of this push names its repository (`resource_url`), and the receiver has no "
                          "`host` to look for it");
    }
    for (const auto& artifact : artifacts) out.artifact(artifact);
    if (is_push) return Outcome::Pushed;
    out.reason(type.reason);
    return type.action == Action::Ping ? Outcome::Ping : Outcome::Nothing;
  }

  Host host_;
  std::string registry_host_;
  std::vector<std::string> secrets_;  ///< newest first
};

}  // namespace
}  // namespace landfall::harbor

LANDFALL_EXPORT_ADAPTER(landfall::harbor::HarborAdapter)
