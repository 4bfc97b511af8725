// SPDX-License-Identifier: Apache-2.0
//
// Puppet Container Registry (Europa): HMAC over the body, payloads that name a provider instead of a registry.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "europa_payload.h"
#include "europa_samples.h"
#include "landfall/adapter.hpp"
#include "landfall/json.hpp"
#include "landfall/reference.hpp"

namespace landfall::europa {
namespace {

constexpr std::string_view kEventHeader = "x-europa-event";
constexpr std::string_view kEventIdHeader = "x-europa-event-id";
constexpr std::string_view kSignatureHeader = "x-europa-signature";

/// RFC 4648 section 4, with padding.
std::string toBase64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t length = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < length ? static_cast<std::uint8_t>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= length ? kAlphabet[group >> (18 - 6 * k) & 0x3F] : '=';
    }
  }
  return text;
}

/// Of Europa's form: 26 characters of lower-case base 36, new for every delivery.
std::string makeEventId() {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> digit(0, kDigits.size() - 1);
  std::string id(26, '0');
  for (char& c : id) c = kDigits[digit(random)];
  return id;
}

bool isBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

bool isAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string readAccount(const Json& options) {
  const Json& account = at(options, "account");
  if (account.is_null()) return {};
  if (!account.is_string() || !isAccountId(account.get_ref<const std::string&>())) {
    throw std::runtime_error("`account` has to be an AWS account id: a string of 12 digits, such as \"111122223333\"");
  }
  return account.get<std::string>();
}

class EuropaAdapter final : public Adapter {
 public:
  explicit EuropaAdapter(const Receiver& receiver)
      : host_(receiver.host),
        registry_{receiver.registry_host, readAccount(parseJson(receiver.options))},
        secrets_(receiver.firstKeys()) {
    if (secrets_.empty() || std::any_of(secrets_.begin(), secrets_.end(), isBlank)) {
      throw std::runtime_error("the Secret's `secret` is empty or blank: Europa does not sign with such a secret");
    }
  }

  static Description describe() {
    return {.id = "europa",
            .version = "1.0.0",
            .options = {{"account", LANDFALL_OPTION_STRING, false,
                         "The AWS account id (12 digits) of the ECR repositories that Europa watches; its payloads "
                         "leave it out."}},
            .headers = {{kEventHeader, false}, {kEventIdHeader, false}, {kSignatureHeader, true}},
            .samples = samples()};
  }

  Verdict authenticate(const Request& request) const override {
    const auto given = request.header(kSignatureHeader);
    if (!given) return Verdict::Refused;
    bool authentic = false;
    for (const auto& secret : secrets_) {
      // No early end: how long it takes must not tell which of the secrets it was.
      authentic = host_.constantTimeEqual(*given, signatureOf(request.body(), secret)) || authentic;
    }
    return authentic ? Verdict::Authentic : Verdict::Refused;
  }

  Outcome parse(const Request& request, const Out& out) const override {
    const Json document = parseJson(request.body());
    Event event;
    event.kind = textAt(document, "event");
    event.sender_delivery_id = request.header(kEventIdHeader).value_or("");
    if (event.kind.empty()) return unrecognised(out, "no `event` that names Europa's event");

    // The signature covers the body alone, so a header that is missing takes nothing from what the body says.
    const std::string_view announced = request.header(kEventHeader).value_or(event.kind);
    if (event.kind != kPushEvent || announced != kPushEvent) {
      out.event(event);
      out.reason("an event other than DockerImagePush, by its x-europa-event header or by its body");
      return Outcome::Nothing;
    }
    if (const auto wrong = findWrongShape(document)) {
      out.event(event);
      return unrecognised(out, *wrong);
    }
    return report(document, std::move(event), out);
  }

  void sign(const Request& request, const Signature& signature) const override {
    // What the request already has is not added again: two of one name count as none.
    if (!request.header(kEventHeader)) signature.header(kEventHeader, kPushEvent);
    if (!request.header(kEventIdHeader)) signature.header(kEventIdHeader, makeEventId());
    signature.header(kSignatureHeader, signatureOf(request.body(), secrets_.front()));
  }

 private:
  std::string signatureOf(std::string_view body, std::string_view secret) const {
    return toBase64(host_.hmacSha256(secret, body));
  }

  Outcome report(const Json& document, Event event, const Out& out) const {
    event.occurred_at = readRfc3339(textAt(at(document, "image"), "pushed"));
    event.details = describeDetails(document);
    const bool is_test = isTestWebhook(document);
    event.action = is_test ? Action::Ping : actionOf(document);
    out.event(event);
    if (is_test) {
      out.reason("Europa's test webhook arrived and its signature is right; real pushes will be matched");
      return Outcome::Ping;
    }
    for (const auto& artifact : readArtifacts(document, registry_)) out.artifact(artifact);
    if (event.action == Action::Push) return Outcome::Pushed;
    out.reason("`image.sha` is null: the tag was deleted, which refreshes nothing");
    return Outcome::Nothing;
  }

  static Outcome unrecognised(const Out& out, std::string_view reason) {
    out.reason(reason);
    return Outcome::Unrecognised;
  }

  Host host_;
  Registry registry_;
  std::vector<std::string> secrets_;  ///< newest first
};

}  // namespace
}  // namespace landfall::europa

LANDFALL_EXPORT_ADAPTER(landfall::europa::EuropaAdapter)
