// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/event.h"

namespace landfall::refresh {

// Signatures as the Standard Webhooks specification (standardwebhooks/standard-webhooks, spec/standard-webhooks.md)
// says.

/// Reads a key: "whsec_" and Base64, or Base64 alone. InvalidArgument says what would be right, without the key.
base::Result<std::string> parseSigningKey(std::string_view text);

/// The headers webhook-id, webhook-timestamp and webhook-signature; the last holds "v1,<base64>" once per key, joined
/// by spaces. `keys` are raw bytes, newest first; without keys only id and timestamp are given.
std::vector<model::Header> signatureHeaders(std::string_view id, base::UtcTime now, std::string_view body,
                                            const std::vector<std::string>& keys);

/// True when one of the signatures fits one of the keys (constant time) and the timestamp is within five minutes of
/// `now`.
bool verifySignature(std::string_view id, std::string_view timestamp, std::string_view signatures,
                     std::string_view body, const std::vector<std::string>& keys, base::UtcTime now);

}  // namespace landfall::refresh
