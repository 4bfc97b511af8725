// SPDX-License-Identifier: Apache-2.0
#include "core/intake/proofs.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/distinguished_name.h"

namespace landfall::intake {
namespace {

bool equalIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

bool isOneOf(const config::BasicCredential& shown, const std::vector<config::BasicCredential>& good) {
  bool found = false;
  for (const auto& credential : good) {
    const bool username = base::constantTimeEqual(shown.username, credential.username);
    const bool password = base::constantTimeEqual(shown.password, credential.password);
    found |= username & password;  // no short cut on the way
  }
  return found;
}

bool bringsBasicCredential(const std::vector<config::BasicCredential>& good,
                           const std::vector<model::Header>& headers) {
  const model::Header* authorization = nullptr;
  for (const auto& header : headers) {
    if (!isAuthorization(header)) continue;
    if (authorization != nullptr) return false;  // which of them counts is not for us to guess
    authorization = &header;
  }
  if (authorization == nullptr) return false;
  const auto shown = readBasicCredential(authorization->value);
  return shown && isOneOf(*shown, good);
}

bool isMadeOutTo(const std::string& subject, const std::optional<std::string>& shown) {
  if (!shown) return false;
  const auto wanted = base::DistinguishedName::parse(subject);
  const auto name = base::DistinguishedName::parse(*shown);
  return wanted.ok() && name.ok() && *wanted == *name;
}

}  // namespace

std::optional<config::BasicCredential> readBasicCredential(std::string_view authorization) {
  const std::size_t scheme = std::min(authorization.find(' '), authorization.size());
  if (!equalIgnoringCase(authorization.substr(0, scheme), "basic")) return std::nullopt;
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', scheme), authorization.size()));
  const auto decoded = base::fromBase64(authorization);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return config::BasicCredential{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

bool isAuthorization(const model::Header& header) { return equalIgnoringCase(header.name, "authorization"); }

bool bringsProofs(const config::Receiver& receiver, const std::vector<model::Header>& headers,
                  const std::optional<std::string>& client_certificate_subject) {
  const bool basic = receiver.basic_auth.empty() || bringsBasicCredential(receiver.basic_auth, headers);
  const bool certificate = !receiver.client_certificate_subject ||
                           isMadeOutTo(*receiver.client_certificate_subject, client_certificate_subject);
  return basic && certificate;
}

}  // namespace landfall::intake
