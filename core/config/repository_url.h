// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace landfall::config {

// What Kargo's admission webhook takes as the repoURL of a subscription (akuity/kargo pkg/subscription).

/// [host[:port]/]name[/name...]: no scheme, tag, digest or empty part.
bool isImageRepository(std::string_view text);
/// http://, https:// or oci://, a host, a port if any, a path if any.
bool isChartRepository(std::string_view text);
/// ssh://, http:// or https:// with a path, or user@host:path.
bool isGitRepository(std::string_view text);
bool isGitBranch(std::string_view text);

}  // namespace landfall::config
