// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/standard_webhooks.h"

#include <charconv>
#include <chrono>
#include <optional>

#include "core/base/crypto.h"

namespace landfall::refresh {
namespace {

constexpr std::string_view kKeyPrefix = "whsec_";
constexpr std::string_view kVersion = "v1,";
constexpr std::chrono::seconds kTolerance{300};

std::string signature(std::string_view id, std::string_view timestamp, std::string_view body, std::string_view key) {
  std::string content;
  content.reserve(id.size() + timestamp.size() + body.size() + 2);
  content.append(id).append(".").append(timestamp).append(".").append(body);
  return std::string(kVersion) + base::toBase64(base::hmac(base::HmacAlgorithm::Sha256, key, content));
}

/// Digits alone: what the specification calls an integer. 15 of them are beyond any date and within 64 bits.
std::optional<std::chrono::seconds> parseTimestamp(std::string_view text) {
  if (text.empty() || text.size() > 15) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return std::chrono::seconds(value);
}

}  // namespace

base::Result<std::string> parseSigningKey(std::string_view text) {
  if (text.starts_with(kKeyPrefix)) text.remove_prefix(kKeyPrefix.size());
  auto key = base::fromBase64(text);
  if (!key || key->empty())
    return base::invalidArgument("a signing key is \"whsec_\" and standard Base64 with padding; this one is not");
  return *std::move(key);
}

std::vector<model::Header> signatureHeaders(std::string_view id, base::UtcTime now, std::string_view body,
                                            const std::vector<std::string>& keys) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::string timestamp = std::to_string(seconds);
  std::vector<model::Header> headers{{"webhook-id", std::string(id)}, {"webhook-timestamp", timestamp}};
  if (keys.empty()) return headers;

  std::string signatures;
  for (const auto& key : keys) {
    if (!signatures.empty()) signatures += ' ';
    signatures += signature(id, timestamp, body, key);
  }
  headers.push_back({"webhook-signature", std::move(signatures)});
  return headers;
}

bool verifySignature(std::string_view id, std::string_view timestamp, std::string_view signatures,
                     std::string_view body, const std::vector<std::string>& keys, base::UtcTime now) {
  const auto signed_at = parseTimestamp(timestamp);
  if (!signed_at) return false;
  const auto now_seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  if (*signed_at < now_seconds - kTolerance || *signed_at > now_seconds + kTolerance) return false;

  bool fits = false;
  for (const auto& key : keys) {
    const std::string expected = signature(id, timestamp, body, key);
    std::string_view rest = signatures;
    while (!rest.empty()) {
      const std::string_view candidate = rest.substr(0, rest.find(' '));
      fits = base::constantTimeEqual(candidate, expected) || fits;
      rest.remove_prefix(std::min(candidate.size() + 1, rest.size()));
    }
  }
  return fits;
}

}  // namespace landfall::refresh
