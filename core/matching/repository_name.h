// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace landfall::matching {

// Kargo's normalisers (akuity/kargo pkg/urls: NormalizeImage, NormalizeChart, NormalizeGit): two repositories are the
// same when their normal forms are equal. What does not parse comes back as it was given. Pure; any bytes are good.

/// Trims, drops what cannot be printed, lower-cases, parses as an image reference; tag and digest fall away, and so do
/// Docker Hub's host names and `library/`.
std::string normalizeImage(std::string_view text);

/// As normalizeImage, behind an `oci://` that falls away.
std::string normalizeChart(std::string_view text);

/// `https://…`, `ssh://…` and scp-like forms, without `.git` and a last slash.
std::string normalizeGit(std::string_view text);

/// The registry of a normalised image repository ("quay.io"), and what follows it. Docker Hub's has no registry.
struct RepositoryParts {
  std::string_view registry;
  std::string_view path;
};
RepositoryParts splitRegistry(std::string_view normalized);

}  // namespace landfall::matching
