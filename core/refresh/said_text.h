// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace landfall::refresh {

/// How much of what a target or a program said is kept with an attempt.
constexpr std::size_t kKeptText = 4096;
/// How much of it should be at hand: a secret that lies across the end of what is kept is then seen whole.
constexpr std::size_t kHeardText = 2 * kKeptText;

enum class Keep { Beginning, End };
enum class Lines { Joined, Kept };

/// Texts that must not be kept, ready to be looked for: one pass over a text, however many there are. Those of less
/// than four bytes are left out, being syllables of ordinary words. Immutable; any thread.
class Secrets {
 public:
  Secrets() = default;
  explicit Secrets(std::vector<std::string> values);
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  /// Sets in `marks` every byte of `said` that belongs to one of them, or that may be what was left of one where `said`
  /// was cut: at its end when its beginning is what is kept, at its beginning when it is its end.
  void mark(std::string_view said, Keep keep, std::vector<bool>& marks) const;

 private:
  using Index = std::unordered_map<std::uint32_t, std::vector<std::string_view>>;

  std::vector<std::string> values_;
  Index by_beginning_;  // their first four bytes; into values_
  Index by_end_;        // their last four
};

/// At most kKeptText bytes of what was said (any bytes), as printable UTF-8: the beginning or the end of it, in one
/// line or with its line ends. Every occurrence of a secret is "[redacted]", also where it lies across the cut, and
/// where `said` itself was cut within it. Pure.
std::string saidText(std::string_view said, std::initializer_list<const Secrets*> secrets, Keep keep, Lines lines);

}  // namespace landfall::refresh
