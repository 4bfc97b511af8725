// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace landfall::base {

// Every hash, comparison of secrets and random number of the host comes from here, and here from OpenSSL.

/// The raw 32 bytes of SHA-256.
std::string sha256(std::string_view bytes);
/// 64 lower-case hex digits of SHA-256.
std::string sha256Hex(std::string_view bytes);

enum class HmacAlgorithm { Sha1, Sha256 };
/// The raw bytes (20 or 32) of the HMAC (RFC 2104).
std::string hmac(HmacAlgorithm algorithm, std::string_view key, std::string_view message);

/// True when both are the same bytes, in time that depends on their lengths only.
bool constantTimeEqual(std::string_view a, std::string_view b);

/// Fills `bytes` from OpenSSL's generator; aborts when there is no entropy, which nothing could go on without.
void fillRandom(std::span<std::uint8_t> bytes);

/// A random number in [0, 1).
double randomUnit();

std::string toHex(std::string_view bytes);
/// Standard Base64 (RFC 4648 section 4) with padding.
std::string toBase64(std::string_view bytes);
/// Reads standard Base64 with padding, exactly; nothing for anything else.
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace landfall::base
