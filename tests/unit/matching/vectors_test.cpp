// SPDX-License-Identifier: Apache-2.0
// Every row of the tables in tests/vectors.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/matching/repository_name.h"
#include "core/matching/semver.h"
#include "core/matching/subscription.h"

namespace landfall::matching {
namespace {

using nlohmann::json;

/// Asks `agrees` about each row and names those that differ.
void checkTable(const std::string& file, std::size_t rows_at_least, const std::function<bool(const json&)>& agrees) {
  std::ifstream input(std::string(LANDFALL_SOURCE_DIR "/tests/vectors/") + file);
  const json rows = json::parse(input, nullptr, false);
  ASSERT_TRUE(rows.is_array()) << file;
  ASSERT_GE(rows.size(), rows_at_least) << file;
  for (const json& row : rows) EXPECT_TRUE(agrees(row)) << file << ": " << row.dump();
}

std::vector<std::string> list(const json& object, const char* key) {
  return object.value(key, std::vector<std::string>{});
}

model::ImageSubscription readImage(const json& from) {
  model::ImageSubscription image;
  image.repo_url = from.value("repoURL", "");
  image.selection_strategy = from.value("imageSelectionStrategy", "");
  image.constraint = from.value("constraint", "");
  image.strict_semvers = from.value("strictSemvers", false);
  image.allow_tags_regexes = list(from, "allowTagsRegexes");
  image.ignore_tags_regexes = list(from, "ignoreTagsRegexes");
  image.allow_tags = from.value("allowTags", "");
  image.ignore_tags = list(from, "ignoreTags");
  image.platform = from.value("platform", "");
  return image;
}

model::GitSubscription readGit(const json& from) {
  model::GitSubscription git;
  git.repo_url = from.value("repoURL", "");
  git.selection_strategy = from.value("commitSelectionStrategy", "");
  git.branch = from.value("branch", "");
  git.semver_constraint = from.value("semverConstraint", "");
  git.strict_semvers = from.value("strictSemvers", false);
  git.allow_tags_regexes = list(from, "allowTagsRegexes");
  git.ignore_tags_regexes = list(from, "ignoreTagsRegexes");
  git.allow_tags = from.value("allowTags", "");
  git.ignore_tags = list(from, "ignoreTags");
  git.include_paths = list(from, "includePaths");
  git.exclude_paths = list(from, "excludePaths");
  git.expression_filter = from.value("expressionFilter", "");
  return git;
}

/// Whether the subscription compiles and takes the qualifier exactly as the row says.
bool decidesAs(const json& row, const model::Subscription& subscription, const std::string& qualifier) {
  const auto compiled = CompiledSubscription::compile(subscription);
  if (compiled.ok() != row.at("valid").get<bool>()) return false;
  if (!compiled) return !compiled.status().message().empty();
  const Decision decision = compiled->decide(qualifier);
  return !decision.detail.empty() && model::takes(decision.rule) == row.at("match").get<bool>();
}

TEST(Vectors, ConstraintsAdmitTheVersionsThatMastermindsAdmits) {
  checkTable("semver.json", 3000, [](const json& row) {
    const auto constraint = Constraint::parse(row.at("constraint").get<std::string>());
    const auto text = row.at("version").get<std::string>();
    const auto version = row.at("strict").get<bool>() ? Version::parseStrict(text) : Version::parseLoose(text);
    const bool match = constraint.ok() && version && constraint->admits(*version);
    return constraint.ok() == row.at("valid_constraint").get<bool>() &&
           version.has_value() == row.at("parsed").get<bool>() && match == row.at("match").get<bool>();
  });
}

TEST(Vectors, ImageSubscriptionsTakeTheTagsThatKargoTakes) {
  checkTable("image_match.json", 500, [](const json& row) {
    return decidesAs(row, readImage(row.at("subscription")), row.at("tag").get<std::string>());
  });
}

TEST(Vectors, ChartSubscriptionsTakeTheVersionsThatKargoTakes) {
  checkTable("chart_match.json", 139, [](const json& row) {
    const model::ChartSubscription chart{"oci://registry.example/charts/app", "",
                                         row.at("semverConstraint").get<std::string>()};
    return decidesAs(row, chart, row.at("version").get<std::string>());
  });
}

TEST(Vectors, ImageRepositoriesHaveKargosNormalForm) {
  checkTable("image_refs.json", 300, [](const json& row) {
    return normalizeImage(row.at("input").get<std::string>()) == row.at("normalized").get<std::string>();
  });
}

TEST(Vectors, ChartRepositoriesHaveKargosNormalForm) {
  checkTable("chart_urls.json", 200, [](const json& row) {
    return normalizeChart(row.at("input").get<std::string>()) == row.at("normalized").get<std::string>();
  });
}

TEST(Vectors, GitRepositoriesHaveKargosNormalForm) {
  checkTable("git_urls.json", 300, [](const json& row) {
    return normalizeGit(row.at("input").get<std::string>()) == row.at("normalized").get<std::string>();
  });
}

TEST(Vectors, GitSubscriptionsAreValidWhenKargosAre) {
  checkTable("git_refs.json", 200, [](const json& row) {
    return CompiledSubscription::compile(readGit(row.at("subscription"))).ok() == row.at("valid").get<bool>();
  });
}

TEST(Vectors, PathSelectorsAreValidWhenKargosAre) {
  checkTable("paths.json", 200, [](const json& row) {
    model::GitSubscription git;
    git.repo_url = "https://git.example/shop/api.git";
    git.include_paths = list(row, "includePaths");
    git.exclude_paths = list(row, "excludePaths");
    return CompiledSubscription::compile(git).ok() == row.at("valid").get<bool>();
  });
}

}  // namespace
}  // namespace landfall::matching
