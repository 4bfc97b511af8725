// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/matching/semver.h"
#include "core/matching/unicode.h"
#include "core/matching/version_text.h"

// Masterminds/semver v3.5.0, surprises included: what Kargo takes, Landfall takes.

namespace landfall::matching {
namespace {

constexpr std::size_t kConstraintMaxBytes = 512;
constexpr std::size_t kAlternativesMax = 32;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
bool isOperatorCharacter(char c) { return c == '=' || c == '!' || c == '<' || c == '>' || c == '~' || c == '^'; }
/// `|` is one by a slip in the original's pattern. It makes no version in the end, but decides where ranges begin.
bool isSegmentCharacter(char c) { return version_text::isDigit(c) || c == 'x' || c == 'X' || c == '*' || c == '|'; }

bool isWildcard(std::string_view segment) {
  return segment.empty() || segment == "x" || segment == "X" || segment == "*";
}

std::size_t spaces(std::string_view text, std::size_t at) { return version_text::runLength(text, at, isSpace); }

struct HyphenRange {
  std::string_view low;
  std::string_view high;
  std::size_t end = 0;  ///< behind the white space that follows
};

/// `1.0 - 2.0` with the white space around it, beginning at `at`.
std::optional<HyphenRange> readHyphenRange(std::string_view text, std::size_t at) {
  const std::size_t low_at = at + spaces(text, at);
  const auto low = version_text::read(text.substr(low_at), isSegmentCharacter);
  if (!low) return std::nullopt;
  const std::size_t low_end = low_at + low->bytes;
  const std::size_t hyphen = low_end + spaces(text, low_end);
  if (hyphen == low_end || hyphen >= text.size() || text[hyphen] != '-') return std::nullopt;
  const std::size_t high_at = hyphen + 1 + spaces(text, hyphen + 1);
  if (high_at == hyphen + 1) return std::nullopt;
  const auto high = version_text::read(text.substr(high_at), isSegmentCharacter);
  if (!high) return std::nullopt;
  const std::size_t high_end = high_at + high->bytes;
  return HyphenRange{text.substr(low_at, low->bytes), text.substr(high_at, high->bytes),
                     high_end + spaces(text, high_end)};
}

/// The original rewrites ranges in the text before it reads anything else, and eats the white space around them:
/// whether "1.0 2.0 - 3.0" is good depends on that.
std::string rewriteHyphenRanges(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (const auto range = readHyphenRange(text, at)) {
      result += fmt::format(">= {}, <= {} ", range->low, range->high);
      at = range->end;
    } else {
      result += text[at++];
    }
  }
  return result;
}

/// Takes the white space or the one comma between two terms off `rest`. Nothing when neither is there.
bool takeSeparator(std::string_view& rest) {
  const std::size_t gap = spaces(rest, 0);
  rest.remove_prefix(gap);
  if (rest.substr(0, 1) != ",") return gap > 0;
  rest.remove_prefix(1);
  return true;
}

base::Status broken(std::string_view rest, std::string_view expected) {
  if (rest.empty()) return base::invalidArgument(fmt::format("ends where {} is expected", expected));
  return base::invalidArgument(fmt::format("has {} where {} is expected", inQuotes(rest), expected));
}

bool admitsNotEqual(bool minor_dirty, bool patch_dirty, const Version& wanted, const Version& version) {
  if (wanted.major != version.major) return true;
  if (minor_dirty) return false;
  if (wanted.minor != version.minor) return true;
  if (patch_dirty) return wanted.prerelease != version.prerelease;
  return compare(version, wanted) != 0;
}

bool admitsLessEqual(bool minor_dirty, const Version& wanted, const Version& version) {
  if (version.major != wanted.major) return version.major < wanted.major;
  return minor_dirty || version.minor <= wanted.minor;
}

}  // namespace

std::optional<Constraint::Term> Constraint::makeTerm(Term::Op op, std::string_view version_text) {
  const auto parts = version_text::read(version_text, isSegmentCharacter);
  const auto& [major, minor, patch] = parts->segments;
  const std::string prerelease = parts->prerelease.empty() ? "" : "-" + std::string(parts->prerelease);

  Term term;
  term.op = op;
  term.dirty = isWildcard(major) || isWildcard(minor) || isWildcard(patch);
  std::string text(version_text);
  if (isWildcard(major)) {
    text = "0.0.0" + prerelease;
  } else if (isWildcard(minor)) {
    term.minor_dirty = true;
    text = fmt::format("{}.0.0{}", major, prerelease);
  } else if (isWildcard(patch)) {
    term.patch_dirty = true;
    text = fmt::format("{}.{}.0{}", major, minor, prerelease);
  }
  auto version = Version::parseLoose(text);
  if (!version) return std::nullopt;
  term.version = std::move(*version);
  return term;
}

base::Result<Constraint::Alternative> Constraint::parseAlternative(std::string_view text) {
  using Op = Term::Op;
  constexpr std::array<std::pair<std::string_view, Op>, 12> kOperators{{{"", Op::Equal},
                                                                        {"=", Op::Equal},
                                                                        {"!=", Op::NotEqual},
                                                                        {">", Op::Greater},
                                                                        {"<", Op::Less},
                                                                        {">=", Op::GreaterEqual},
                                                                        {"=>", Op::GreaterEqual},
                                                                        {"<=", Op::LessEqual},
                                                                        {"=<", Op::LessEqual},
                                                                        {"~", Op::Tilde},
                                                                        {"~>", Op::Tilde},
                                                                        {"^", Op::Caret}}};
  Alternative terms;
  std::string_view rest = text;
  do {
    rest.remove_prefix(spaces(rest, 0));
    const std::size_t length = version_text::runLength(rest, 0, isOperatorCharacter);
    const auto* const op = std::find_if(kOperators.begin(), kOperators.end(),
                                        [&](const auto& known) { return known.first == rest.substr(0, length); });
    if (op == kOperators.end()) return broken(rest, "one of = != > < >= <= ~ ^");
    rest.remove_prefix(length);
    rest.remove_prefix(spaces(rest, 0));

    const auto parts = version_text::read(rest, isSegmentCharacter);
    if (!parts) return broken(rest, "a version");
    auto term = makeTerm(op->second, rest.substr(0, parts->bytes));
    if (!term) return broken(rest.substr(0, parts->bytes), "a version");
    terms.push_back(std::move(*term));
    rest.remove_prefix(parts->bytes);

    if (spaces(rest, 0) == rest.size()) return terms;
  } while (takeSeparator(rest));
  return broken(rest, "white space, a comma or || between terms");
}

base::Result<Constraint> Constraint::parse(std::string_view text) {
  if (text.size() > kConstraintMaxBytes) {
    return base::invalidArgument(fmt::format("is longer than {} bytes", kConstraintMaxBytes));
  }
  const std::string rewritten = rewriteHyphenRanges(text);
  Constraint constraint;
  std::string_view rest = rewritten;
  for (bool more = true; more;) {
    const auto bars = rest.find("||");
    more = bars != std::string_view::npos;
    auto alternative = parseAlternative(rest.substr(0, bars));
    if (!alternative) return alternative.status();
    if (constraint.alternatives_.size() == kAlternativesMax) {
      return base::invalidArgument(fmt::format("has more than {} alternatives", kAlternativesMax));
    }
    constraint.alternatives_.push_back(std::move(*alternative));
    if (more) rest.remove_prefix(bars + 2);
  }
  return constraint;
}

bool Constraint::namesPrerelease(const Alternative& alternative) {
  return std::any_of(alternative.begin(), alternative.end(),
                     [](const Term& term) { return !term.version.prerelease.empty(); });
}

bool Constraint::namesPrerelease() const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [](const Alternative& alternative) { return namesPrerelease(alternative); });
}

bool Constraint::admits(const Version& version) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(), [&version](const Alternative& alternative) {
    if (!version.prerelease.empty() && !namesPrerelease(alternative)) return false;
    return std::all_of(alternative.begin(), alternative.end(),
                       [&version](const Term& term) { return admits(term, version); });
  });
}

bool Constraint::admits(const Term& term, const Version& version) {
  using Op = Term::Op;
  const Version& wanted = term.version;
  const int order = compare(version, wanted);
  const bool same_major = version.major == wanted.major;
  const bool same_minor = version.minor == wanted.minor;
  switch (term.op) {
    case Op::NotEqual:
      return term.dirty ? admitsNotEqual(term.minor_dirty, term.patch_dirty, wanted, version) : order != 0;
    case Op::Greater:
      if (term.dirty && !same_major) return version.major > wanted.major;
      if (term.minor_dirty) return false;
      return term.patch_dirty ? version.minor > wanted.minor : order > 0;
    case Op::Less:
      return order < 0;
    case Op::GreaterEqual:
      return order >= 0;
    case Op::LessEqual:
      return term.dirty ? admitsLessEqual(term.minor_dirty, wanted, version) : order <= 0;
    case Op::Equal:
      if (!term.dirty) return order == 0;
      [[fallthrough]];
    case Op::Tilde: {
      if (order < 0) return false;
      // Of 0.0.0 the original cannot tell whether somebody wrote it or a bare wildcard stands behind it.
      const bool zero = wanted.major == 0 && wanted.minor == 0 && wanted.patch == 0;
      if (zero && !term.minor_dirty && !term.patch_dirty) return true;
      return same_major && (same_minor || term.minor_dirty);
    }
    case Op::Caret:
      if (order < 0) return false;
      if (wanted.major > 0 || term.minor_dirty) return same_major;
      if (version.major > 0) return false;
      if (wanted.minor > 0 || term.patch_dirty) return same_minor;
      return version.minor == 0 && version.patch == wanted.patch;
  }
  return false;
}

}  // namespace landfall::matching
