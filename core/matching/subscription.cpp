// SPDX-License-Identifier: Apache-2.0
#include "core/matching/subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/matching/expression_filter.h"
#include "core/matching/go_regex.h"
#include "core/matching/image_reference.h"
#include "core/matching/path_selector.h"
#include "core/matching/repository_name.h"
#include "core/matching/semver.h"
#include "core/matching/tag_filter.h"
#include "core/matching/unicode.h"

namespace landfall::matching {
namespace {

using model::MatchRule;

enum class Strictness { Loose, Strict };

/// What has to hold for a tag to be taken as a version.
struct VersionRule {
  Strictness strictness = Strictness::Loose;
  std::optional<Constraint> constraint;
  std::string constraint_text;
};

base::Result<VersionRule> compileVersionRule(Strictness strictness, const std::string& text, std::string_view field) {
  VersionRule rule{strictness, std::nullopt, text};
  if (text.empty()) return rule;
  auto constraint = Constraint::parse(text);
  if (!constraint) {
    return base::invalidArgument(
        fmt::format("{} {} is no constraint on versions: it {}", field, inQuotes(text), constraint.status().message()));
  }
  rule.constraint = std::move(*constraint);
  return rule;
}

/// A digest may stand in the tag's place, and only a digest holds a colon.
std::string named(std::string_view qualifier) {
  const bool digest = qualifier.find(':') != std::string_view::npos;
  return fmt::format("{} {}", digest ? "digest" : "tag", inQuotes(qualifier));
}

Decision decideVersion(const VersionRule& rule, std::string_view qualifier) {
  const std::string tag = named(qualifier);
  const auto version = Version::parseLoose(qualifier);
  if (!version) return {MatchRule::NotAVersion, fmt::format("{} is no semantic version", tag)};
  if (rule.strictness == Strictness::Strict && !Version::parseStrict(qualifier)) {
    return {MatchRule::NotAVersion,
            fmt::format("{} is no strict semantic version: strictSemvers asks for three numbers "
                        "without leading zeros",
                        tag)};
  }
  if (!rule.constraint) return {MatchRule::ConstraintSatisfied, fmt::format("{} is a version, and any will do", tag)};

  const std::string constraint = inQuotes(rule.constraint_text);
  if (rule.constraint->admits(*version)) {
    return {MatchRule::ConstraintSatisfied, fmt::format("{} is within constraint {}", tag, constraint)};
  }
  Version release = *version;
  release.prerelease.clear();
  const bool only_for_prerelease =
      !version->prerelease.empty() && !rule.constraint->namesPrerelease() && rule.constraint->admits(release);
  return {MatchRule::OutsideConstraint,
          fmt::format("{} is outside constraint {}{}", tag, constraint,
                      only_for_prerelease ? ": pre-releases are taken only when the constraint names one" : "")};
}

template <std::size_t Count>
bool oneOf(const std::string& value, const std::array<std::string_view, Count>& known) {
  return std::find(known.begin(), known.end(), value) != known.end();
}

bool startsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

Strictness strictness(bool strict_semvers) { return strict_semvers ? Strictness::Strict : Strictness::Loose; }

base::Status checkPaths(const std::vector<std::string>& selectors, std::string_view field) {
  for (std::size_t i = 0; i < selectors.size(); ++i) {
    const auto checked = checkPathSelector(selectors[i]);
    if (checked.ok()) continue;
    return base::invalidArgument(
        fmt::format("{}[{}] {} selects no paths: {}", field, i, inQuotes(selectors[i]), checked.message()));
  }
  return {};
}

/// What Kargo looks at when a git subscription chooses among tags; branches make all of it harmless.
base::Status checkGitTags(const model::GitSubscription& git) {
  const auto filter =
      TagFilter::compile({git.allow_tags_regexes, git.ignore_tags_regexes, git.allow_tags, git.ignore_tags});
  if (!filter) return filter.status();
  if (git.selection_strategy != "SemVer") return {};
  return compileVersionRule(strictness(git.strict_semvers), git.semver_constraint, "semverConstraint").status();
}

base::Status checkGit(const model::GitSubscription& git) {
  constexpr std::array<std::string_view, 2> kBranchStrategies{"", "NewestFromBranch"};
  constexpr std::array<std::string_view, 3> kTagStrategies{"SemVer", "Lexical", "NewestTag"};
  const bool by_tag = oneOf(git.selection_strategy, kTagStrategies);
  if (!by_tag && !oneOf(git.selection_strategy, kBranchStrategies)) {
    return base::invalidArgument(
        fmt::format("commitSelectionStrategy {} is none of NewestFromBranch, SemVer, Lexical and NewestTag",
                    inQuotes(git.selection_strategy)));
  }
  if (auto checked = checkPaths(git.include_paths, "includePaths"); !checked.ok()) return checked;
  if (auto checked = checkPaths(git.exclude_paths, "excludePaths"); !checked.ok()) return checked;
  if (!git.expression_filter.empty()) {
    if (const auto checked = checkExpressionFilter(git.expression_filter); !checked.ok()) {
      return base::invalidArgument(
          fmt::format("expressionFilter {} is no expression: {}", inQuotes(git.expression_filter), checked.message()));
    }
  }
  return by_tag ? checkGitTags(git) : base::Status();
}

}  // namespace

struct CompiledSubscription::ImageSelector {
  /// Set for strategy Digest, which looks at nothing else.
  std::optional<std::string> wanted_tag;
  TagFilter filter;
  /// Set for strategy SemVer.
  std::optional<VersionRule> version;

  static base::Result<ImageSelector> compile(const model::ImageSubscription& image, const std::string& repository);
  Decision decide(std::string_view qualifier) const;
};

struct CompiledSubscription::ChartSelector {
  VersionRule version;
};

base::Result<CompiledSubscription::ImageSelector> CompiledSubscription::ImageSelector::compile(
    const model::ImageSubscription& image, const std::string& repository) {
  constexpr std::array<std::string_view, 5> kStrategies{"", "SemVer", "Lexical", "NewestBuild", "Digest"};
  if (!image.platform.empty() && image.platform.find('/') == std::string::npos) {
    return base::invalidArgument(
        fmt::format("platform {} is not of the form os/architecture", inQuotes(image.platform)));
  }
  // Kargo parses its own normal form again, which is not always a reference ("library/a" has become "a").
  if (!parseImageReference(repository)) {
    return base::invalidArgument(fmt::format("repoURL {} is no image repository", inQuotes(image.repo_url)));
  }
  if (!oneOf(image.selection_strategy, kStrategies)) {
    return base::invalidArgument(
        fmt::format("imageSelectionStrategy {} is none of SemVer, Lexical, NewestBuild and Digest",
                    inQuotes(image.selection_strategy)));
  }
  ImageSelector selector;
  if (image.selection_strategy == "Digest") {
    selector.wanted_tag = image.constraint;
    return selector;
  }
  auto filter =
      TagFilter::compile({image.allow_tags_regexes, image.ignore_tags_regexes, image.allow_tags, image.ignore_tags});
  if (!filter) return filter.status();
  selector.filter = std::move(*filter);
  if (image.selection_strategy.empty() || image.selection_strategy == "SemVer") {
    auto version = compileVersionRule(strictness(image.strict_semvers), image.constraint, "constraint");
    if (!version) return version.status();
    selector.version = std::move(*version);
  }
  return selector;
}

Decision CompiledSubscription::ImageSelector::decide(std::string_view qualifier) const {
  const std::string tag = named(qualifier);
  if (wanted_tag) {
    if (qualifier == *wanted_tag) {
      return {MatchRule::DigestTagEqual, fmt::format("{} is the one that strategy Digest follows", tag)};
    }
    return {MatchRule::OtherTag,
            fmt::format("{} is not {}, which strategy Digest follows", tag, inQuotes(*wanted_tag))};
  }
  if (const GoRegex* const hit = filter.ignoredBy(qualifier)) {
    return {MatchRule::IgnoredByRegex,
            fmt::format("{} is hit by {} in ignoreTagsRegexes", tag, inQuotes(hit->pattern()))};
  }
  if (!filter.allows(qualifier)) {
    return {MatchRule::NotAllowedByRegex, fmt::format("{} is hit by no expression in allowTagsRegexes", tag)};
  }
  if (version) return decideVersion(*version, qualifier);
  return {MatchRule::TagAdmitted, fmt::format("{} passes, and the strategy takes any tag", tag)};
}

/// Kargo's client for charts in OCI registries takes lower-case repositories only, by the grammar of the OCI
/// distribution specification; a tag or digest behind it does no harm.
base::Status checkOciReference(std::string_view url) {
  constexpr std::string_view kScheme = "oci://";
  if (!startsWith(url, kScheme)) return {};
  static const auto grammar = GoRegex::compile(
      "^[^/]+(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@[a-z0-9]+:[0-9a-f]+)?$");
  if (grammar->hits(url.substr(kScheme.size()))) return {};
  return base::invalidArgument(fmt::format(
      "repoURL {} is no OCI repository: behind oci:// stand a registry and a lower-case path", inQuotes(url)));
}

CompiledSubscription::CompiledSubscription(std::string repository, Selector selector)
    : repository_(std::move(repository)), selector_(std::move(selector)) {}

base::Result<CompiledSubscription> CompiledSubscription::compile(const model::Subscription& subscription) {
  if (const auto* const image = std::get_if<model::ImageSubscription>(&subscription)) {
    std::string repository = normalizeImage(image->repo_url);
    auto selector = ImageSelector::compile(*image, repository);
    if (!selector) return selector.status();
    return CompiledSubscription(std::move(repository), std::make_shared<const ImageSelector>(std::move(*selector)));
  }
  if (const auto* const chart = std::get_if<model::ChartSubscription>(&subscription)) {
    const std::string& url = chart->repo_url;
    if (!startsWith(url, "http://") && !startsWith(url, "https://") && !startsWith(url, "oci://")) {
      return base::invalidArgument(
          fmt::format("repoURL {} of a chart begins with none of oci://, https:// and http://", inQuotes(url)));
    }
    if (auto fit = checkOciReference(url); !fit.ok()) return fit;
    // Kargo always reads a chart's version leniently.
    auto version = compileVersionRule(Strictness::Loose, chart->semver_constraint, "semverConstraint");
    if (!version) return version.status();
    return CompiledSubscription(normalizeChart(url),
                                std::make_shared<const ChartSelector>(ChartSelector{std::move(*version)}));
  }
  const auto& git = std::get<model::GitSubscription>(subscription);
  if (auto checked = checkGit(git); !checked.ok()) return checked;
  return CompiledSubscription(normalizeGit(git.repo_url), GitSelector{});
}

bool CompiledSubscription::isGit() const { return std::holds_alternative<GitSelector>(selector_); }

Decision CompiledSubscription::decide(std::string_view qualifier) const {
  if (const auto* const image = std::get_if<std::shared_ptr<const ImageSelector>>(&selector_)) {
    return (*image)->decide(qualifier);
  }
  if (const auto* const chart = std::get_if<std::shared_ptr<const ChartSelector>>(&selector_)) {
    return decideVersion((*chart)->version, qualifier);
  }
  return {MatchRule::GitOnly, "a git subscription: what registries send never matches it"};
}

}  // namespace landfall::matching
