// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace landfall::matching {

/// Where an image lives, read as google/go-containerregistry v0.21.7 (pkg/name, weak validation) reads a reference:
/// names without a registry are Docker Hub's, and what belongs to its library says so.
struct ImageRepository {
  std::string registry;  ///< "index.docker.io" for Docker Hub
  std::string path;      ///< "library/nginx"
};

/// The repository of `registry/path:tag` or `registry/path@sha256:…`; nothing for what is no reference. Surprising, and
/// so in the original: a port behind a name without a path is taken for a tag.
std::optional<ImageRepository> parseImageReference(std::string_view text);

}  // namespace landfall::matching
