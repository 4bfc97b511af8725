// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/base/status.h"

namespace landfall::adapters {

/// Ok when `file` and every folder above it belong to root or the running user and nobody else can write them (a sticky
/// folder may be a parent); FailedPrecondition names the first that is not safe, and what would be right. Links are
/// followed by hand: what they stand in and what they lead to is held to the same.
base::Status checkOwnership(const std::filesystem::path& file);

}  // namespace landfall::adapters
