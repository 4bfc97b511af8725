// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::refresh {

/// How much of what a target or a program said is kept with an attempt.
constexpr std::size_t kKeptText = 4096;
/// How much of it should be at hand: a secret that lies across the end of what is kept is then seen whole.
constexpr std::size_t kHeardText = 2 * kKeptText;
/// Shorter secrets are not looked for: they are syllables of ordinary words.
constexpr std::size_t kShortestSecret = 4;

enum class Keep { Beginning, End };
enum class Lines { Joined, Kept };

/// At most kKeptText bytes of what was said (any bytes), as printable UTF-8: the beginning or the end of it, in one
/// line or with its line ends. Every occurrence of a secret is "[redacted]", also where it lies across the cut, and
/// where `said` itself was cut within it. Pure; costs two searches per secret.
std::string saidText(std::string_view said, const std::vector<std::string_view>& secrets, Keep keep, Lines lines);

}  // namespace landfall::refresh
