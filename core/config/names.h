// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace landfall::config {

inline constexpr std::string_view kObjectNameRule =
    "lower-case letters, digits, hyphens and dots; a letter or digit first and last; at most 253";

/// What Kubernetes takes as the name of an object (RFC 1123's subdomain), and Kargo as that of a receiver.
bool isObjectName(std::string_view text);

/// What Kubernetes takes as a namespace (RFC 1123's label).
bool isNamespace(std::string_view text);

/// What Kubernetes takes as the key of an annotation: "refresh", "kargo.akuity.io/refresh".
bool isAnnotationKey(std::string_view text);

/// A kind of objects: "Warehouse".
bool isKind(std::string_view text);

/// "v1", "group/version", and "group/" for the version of it that the server prefers.
bool isApiVersion(std::string_view text);

/// What Kubernetes takes as a key of a Secret.
bool isSecretKey(std::string_view text);

/// A token of RFC 9110 section 5.6.2: a method, the name of a header.
bool isHttpToken(std::string_view text);

/// What may follow a header's name in one line: anything but control characters.
bool isHeaderValue(std::string_view text);

}  // namespace landfall::config
