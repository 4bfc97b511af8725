// SPDX-License-Identifier: Apache-2.0
#include "core/config/subscription_manifest.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/config/repository_url.h"
#include "core/matching/semver.h"

namespace landfall::config {
namespace {

/// Reads the fields of one subscription and remembers where they stand.
class SubscriptionReader {
 public:
  SubscriptionReader(const Located& value, Report& report) : fields_(value, report), report_(report) {
    manifest_.place = value.place;
    if (value.place.line == 0) return;
    for (const auto& entry : value.node->entries) manifest_.lines[entry.key] = entry.line;
  }

  std::optional<SubscriptionManifest> readImage() {
    model::ImageSubscription image;
    repository(image.repo_url, isImageRepository, "quay.io/shop/api: no scheme, tag or digest");
    read("imageSelectionStrategy", image.selection_strategy, "SemVer");
    fields_.text("constraint", image.constraint);
    fields_.boolean("strictSemvers", image.strict_semvers);
    tagRules(image.allow_tags_regexes, image.ignore_tags_regexes, image.allow_tags, image.ignore_tags);
    fields_.text("platform", image.platform);
    bool by_tag = false;
    fields_.boolean("cacheByTag", by_tag);
    common();
    if (image.selection_strategy == "Digest" && image.constraint.empty()) {
      refuse("constraint", "missing: strategy Digest follows one tag", "the tag to follow, such as latest");
    }
    return finish(std::move(image));
  }

  std::optional<SubscriptionManifest> readChart() {
    model::ChartSubscription chart;
    repository(chart.repo_url, isChartRepository, "oci://quay.io/shop/chart, or https:// and a chart repository");
    fields_.text("name", chart.name);
    fields_.text("semverConstraint", chart.semver_constraint);
    common();
    if (chart.repo_url.starts_with("oci://") && !chart.name.empty()) {
      refuse("name", "not allowed with oci://", "leave it away: the repoURL names the chart");
    } else if (chart.repo_url.starts_with("http") && chart.name.empty()) {
      refuse("name", "missing", "the chart's name in the repository");
    }
    return finish(std::move(chart));
  }

  std::optional<SubscriptionManifest> readGit() {
    model::GitSubscription git;
    repository(git.repo_url, isGitRepository,
               "https://github.com/shop/api.git, ssh://… or git@github.com:shop/api.git");
    read("commitSelectionStrategy", git.selection_strategy, "NewestFromBranch");
    fields_.text("branch", git.branch);
    fields_.text("semverConstraint", git.semver_constraint);
    fields_.boolean("strictSemvers", git.strict_semvers);
    tagRules(git.allow_tags_regexes, git.ignore_tags_regexes, git.allow_tags, git.ignore_tags);
    fields_.texts("includePaths", git.include_paths);
    fields_.texts("excludePaths", git.exclude_paths);
    fields_.text("expressionFilter", git.expression_filter);
    common();
    if (!git.branch.empty() && !isGitBranch(git.branch)) {
      refuse("branch", "no name of a branch", "letters, digits, dots, slashes, hyphens and underscores");
    }
    if (!git.semver_constraint.empty()) {
      const auto constraint = matching::Constraint::parse(git.semver_constraint);
      if (!constraint.ok())
        refuse("semverConstraint", "no constraint on versions: it " + constraint.status().message(), "^1.2.0");
    }
    return finish(std::move(git));
  }

 private:
  void refuse(std::string_view name, std::string message, std::string suggestion) {
    report_.error(fields_.placeOf(name), std::move(message), std::move(suggestion));
    good_ = false;
  }

  void repository(std::string& url, bool (*valid)(std::string_view), std::string_view example) {
    if (!fields_.requiredText("repoURL", url, example)) {
      good_ = false;
    } else if (!valid(url)) {
      refuse("repoURL", "no repository that Kargo takes", std::string(example));
    }
  }

  /// An empty text is the default, as in Kargo.
  void read(std::string_view name, std::string& target, std::string_view default_value) {
    fields_.text(name, target);
    if (target.empty()) target = default_value;
  }

  void tagRules(std::vector<std::string>& allow_regexes, std::vector<std::string>& ignore_regexes, std::string& allow,
                std::vector<std::string>& ignore) {
    fields_.texts("allowTagsRegexes", allow_regexes);
    fields_.texts("ignoreTagsRegexes", ignore_regexes);
    fields_.text("allowTags", allow);
    fields_.texts("ignoreTags", ignore);
  }

  /// What Kargo has and Landfall does not need: checked, and no more.
  void common() {
    std::uint64_t limit = 0;
    fields_.integer("discoveryLimit", limit, 0, 100);
    bool insecure = false;
    fields_.boolean("insecureSkipTLSVerify", insecure);
    fields_.reportUnread(Severity::Warning);
  }

  std::optional<SubscriptionManifest> finish(model::Subscription subscription) {
    if (!good_) return std::nullopt;
    manifest_.subscription = std::move(subscription);
    return std::move(manifest_);
  }

  Fields fields_;
  Report& report_;
  SubscriptionManifest manifest_;
  bool good_ = true;
};

}  // namespace

std::optional<SubscriptionManifest> readSubscription(const Located& element, Report& report) {
  Fields fields(element, report);
  std::string name;
  fields.text("name", name);
  const std::array<std::pair<std::string_view, std::optional<Located>>, 3> types{
      {{"image", fields.value("image")}, {"chart", fields.value("chart")}, {"git", fields.value("git")}}};
  fields.reportUnread(Severity::Warning);
  const Located* found = nullptr;
  for (const auto& [type, value] : types) {
    if (!value) continue;
    if (found != nullptr) {
      report.error(value->place, "more than one type in one subscription", "image, chart or git: one for each element");
      return std::nullopt;
    }
    found = &*value;
  }
  if (found == nullptr) {
    if (element.place.checkedByCluster() && !fields.unread().empty()) {
      report.warning(element.place, "of a kind that this version does not know, ignored");
    }
    if (element.node->kind == YamlNode::Kind::Mapping && fields.unread().empty()) {
      report.error(element.place, "subscribes to nothing", "image: {repoURL: quay.io/shop/api}, chart or git");
    }
    return std::nullopt;
  }
  SubscriptionReader reader(*found, report);
  if (found->node->kind != YamlNode::Kind::Mapping) return std::nullopt;
  if (types[0].second) return reader.readImage();
  return types[1].second ? reader.readChart() : reader.readGit();
}

}  // namespace landfall::config
