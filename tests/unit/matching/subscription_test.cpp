// SPDX-License-Identifier: Apache-2.0
#include "core/matching/subscription.h"

#include <gtest/gtest.h>

#include <string>

#include "core/matching/expression_filter.h"
#include "core/matching/go_regex.h"
#include "core/matching/path_selector.h"

namespace landfall::matching {
namespace {

using model::MatchRule;

model::ImageSubscription image(const std::string& constraint, const std::string& strategy = "SemVer") {
  model::ImageSubscription subscription;
  subscription.repo_url = "quay.io/shop/api";
  subscription.constraint = constraint;
  subscription.selection_strategy = strategy;
  return subscription;
}

CompiledSubscription compiled(const model::Subscription& subscription) {
  auto result = CompiledSubscription::compile(subscription);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return std::move(result).value();
}

std::string whyNot(const model::Subscription& subscription) {
  const auto result = CompiledSubscription::compile(subscription);
  EXPECT_FALSE(result.ok());
  return result.ok() ? "" : result.status().message();
}

TEST(ChartSubscription, InAnOciRegistryIsLowerCase) {
  compiled(model::ChartSubscription{"oci://QUAY.io/shop/charts/api", "", ""});
  compiled(model::ChartSubscription{"oci://registry.example:5000/shop/api__v2:1.0", "", ""});
  compiled(model::ChartSubscription{"oci://quay.io/shop/api@sha256:" + std::string(64, 'a'), "", ""});
  for (const auto* url : {"oci://quay.io/Shop/api", "oci://quay.io", "oci://quay.io/", "oci:///shop/api",
                          "oci://quay.io/shop//api", "oci://quay.io/shop/api/", "oci://quay.io/shop/-api"}) {
    EXPECT_NE(whyNot(model::ChartSubscription{url, "", ""}).find("lower-case"), std::string::npos) << url;
  }
}

TEST(ImageSubscription, SentencesNameTheValuesCompared) {
  const auto subscription = compiled(image("^1.2.0"));

  EXPECT_EQ(subscription.decide("1.3.0").detail, "tag \"1.3.0\" is within constraint \"^1.2.0\"");
  EXPECT_EQ(subscription.decide("2.0.0").detail, "tag \"2.0.0\" is outside constraint \"^1.2.0\"");
  EXPECT_EQ(subscription.decide("1.2.3-rc.1").detail,
            "tag \"1.2.3-rc.1\" is outside constraint \"^1.2.0\": pre-releases are taken only when the constraint "
            "names one");
  EXPECT_EQ(subscription.decide("latest").detail, "tag \"latest\" is no semantic version");
  EXPECT_EQ(subscription.decide("v1.2").detail,
            "tag \"v1.2\" is no strict semantic version: strictSemvers asks for three numbers without leading zeros");
}

TEST(ImageSubscription, PrereleasesAreNotBlamedWhenTheReleaseIsOutsideToo) {
  EXPECT_EQ(compiled(image("^1.2.0")).decide("2.0.0-rc.1").detail,
            "tag \"2.0.0-rc.1\" is outside constraint \"^1.2.0\"");
  EXPECT_EQ(compiled(image(">=1.2.3-rc.5")).decide("1.2.3-rc.1").detail,
            "tag \"1.2.3-rc.1\" is outside constraint \">=1.2.3-rc.5\"");
}

TEST(ImageSubscription, WithoutAConstraintAnyVersionWillDoPrereleasesIncluded) {
  EXPECT_EQ(compiled(image("")).decide("1.2.3-rc.1").rule, MatchRule::ConstraintSatisfied);
}

TEST(ImageSubscription, ADigestInTheTagsPlaceIsNoVersionButAnyTag) {
  const std::string digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

  const auto by_version = compiled(image("")).decide(digest);
  const auto any = compiled(image("", "NewestBuild")).decide(digest);

  EXPECT_EQ(by_version.rule, MatchRule::NotAVersion);
  EXPECT_EQ(by_version.detail, "digest \"" + digest + "\" is no semantic version");
  EXPECT_EQ(any.rule, MatchRule::TagAdmitted);
}

TEST(ImageSubscription, IgnoringWinsOverAllowing) {
  auto subscription = image("", "Lexical");
  subscription.allow_tags_regexes = {"^v", "^main-"};
  subscription.ignore_tags_regexes = {"-rc"};
  const auto ready = compiled(subscription);

  EXPECT_EQ(ready.decide("v1-rc.1").rule, MatchRule::IgnoredByRegex);
  EXPECT_EQ(ready.decide("v1-rc.1").detail, "tag \"v1-rc.1\" is hit by \"-rc\" in ignoreTagsRegexes");
  EXPECT_EQ(ready.decide("dev").rule, MatchRule::NotAllowedByRegex);
  EXPECT_EQ(ready.decide("main-1").rule, MatchRule::TagAdmitted);
}

TEST(ImageSubscription, StrategyDigestComparesTheTagAndLooksAtNothingElse) {
  auto subscription = image("latest", "Digest");
  subscription.ignore_tags_regexes = {"["};
  subscription.allow_tags = "x";
  const auto ready = compiled(subscription);

  EXPECT_EQ(ready.decide("latest").rule, MatchRule::DigestTagEqual);
  EXPECT_EQ(ready.decide("Latest").rule, MatchRule::OtherTag);
}

TEST(ImageSubscription, LexicalDoesNotReadItsConstraint) {
  EXPECT_EQ(compiled(image("no constraint", "Lexical")).decide("dev").rule, MatchRule::TagAdmitted);
}

TEST(ImageSubscription, WhatCannotBeBuiltNamesItsField) {
  auto retired = image("");
  retired.ignore_tags = {"latest"};
  auto platform = image("");
  platform.platform = "linux-amd64";
  auto regex = image("");
  regex.allow_tags_regexes = {"^v", "(?=x)"};
  auto repository = image("");
  repository.repo_url = "library/a";

  EXPECT_EQ(whyNot(image("^1 latest")),
            "constraint \"^1 latest\" is no constraint on versions: it has \"latest\" where a version is expected");
  EXPECT_EQ(whyNot(image("", "semver")),
            "imageSelectionStrategy \"semver\" is none of SemVer, Lexical, NewestBuild and Digest");
  EXPECT_EQ(whyNot(retired), "ignoreTags was retired in Kargo 1.11: use ignoreTagsRegexes");
  EXPECT_EQ(whyNot(platform), "platform \"linux-amd64\" is not of the form os/architecture");
  EXPECT_EQ(whyNot(regex).rfind("allowTagsRegexes[1] \"(?=x)\" is no regular expression", 0), 0U) << whyNot(regex);
  EXPECT_EQ(whyNot(repository), "repoURL \"library/a\" is no image repository");
}

TEST(ImageSubscription, RepositoryIsTheNormalForm) {
  auto subscription = image("");
  subscription.repo_url = "docker.io/library/Nginx";

  EXPECT_EQ(compiled(subscription).repository(), "nginx");
}

TEST(ChartSubscription, VersionsAreReadLenientlyAndUnderscoresStay) {
  const auto chart = compiled(model::ChartSubscription{"oci://quay.io/charts/app", "", "1.x"});

  EXPECT_EQ(chart.repository(), "quay.io/charts/app");
  EXPECT_EQ(chart.decide("v1.2").rule, MatchRule::ConstraintSatisfied);
  EXPECT_EQ(chart.decide("1.2.3_build").rule, MatchRule::NotAVersion);
}

TEST(ChartSubscription, TheSchemeIsCaseSensitive) {
  EXPECT_EQ(whyNot(model::ChartSubscription{"OCI://quay.io/charts/app", "", ""}),
            "repoURL \"OCI://quay.io/charts/app\" of a chart begins with none of oci://, https:// and http://");
  EXPECT_FALSE(CompiledSubscription::compile(model::ChartSubscription{"quay.io/charts/app", "", ""}).ok());
}

TEST(GitSubscription, NeverTakesWhatRegistriesSend) {
  model::GitSubscription git;
  git.repo_url = "https://git.example/shop/api.git";
  const auto ready = compiled(git);

  EXPECT_TRUE(ready.isGit());
  EXPECT_EQ(ready.repository(), "https://git.example/shop/api");
  EXPECT_EQ(ready.decide("1.2.3").rule, MatchRule::GitOnly);
}

TEST(GitSubscription, TagFieldsAreHarmlessForBranches) {
  model::GitSubscription git;
  git.allow_tags_regexes = {"["};
  git.semver_constraint = "nonsense";
  git.allow_tags = "x";

  EXPECT_TRUE(CompiledSubscription::compile(git).ok());
  git.selection_strategy = "NewestTag";
  EXPECT_FALSE(CompiledSubscription::compile(git).ok());
}

TEST(GitSubscription, OnlySemVerReadsTheConstraint) {
  model::GitSubscription git;
  git.semver_constraint = "nonsense";
  git.selection_strategy = "Lexical";

  EXPECT_TRUE(CompiledSubscription::compile(git).ok());
  git.selection_strategy = "SemVer";
  EXPECT_FALSE(CompiledSubscription::compile(git).ok());
}

TEST(GitSubscription, BadPathsAndFiltersCountForEveryStrategy) {
  model::GitSubscription paths;
  paths.exclude_paths = {"docs", "glob:["};
  model::GitSubscription filter;
  filter.expression_filter = "subject == 'x";

  EXPECT_EQ(whyNot(paths), "excludePaths[1] \"glob:[\" selects no paths: a class [...] is empty or does not end");
  EXPECT_EQ(whyNot(filter), "expressionFilter \"subject == 'x\" is no expression: a string in ' does not end");
}

TEST(ExpressionFilter, StringsCommentsAndBracketsMustEnd) {
  for (const char* const good :
       {"true", "subject == 'x'", "a['(']", "`a\nb`", "{a: [1, (2)]}", "a // (", "a /* ( */", "'it\\'s'"}) {
    EXPECT_TRUE(checkExpressionFilter(good).ok()) << good;
  }
  for (const char* const bad :
       {" ", "// x", "/* */", "'a", "'a\nb'", "`a", "'a\\'", "(a", "a)", "[1}", "a /* (", "'\\"}) {
    EXPECT_FALSE(checkExpressionFilter(bad).ok()) << bad;
  }
}

TEST(PathSelector, OnlyGlobsAndExpressionsCanBeWrong) {
  for (const char* const good : {"", "apps", "exact:[", "glob:", "glob:[!a]*/**", "glob:{a,{b,c}}", "glob:\\*",
                                 "glob:[}]", "glob:[\\]]", "regex:", "regexp:a+", "Regex:("}) {
    EXPECT_TRUE(checkPathSelector(good).ok()) << good;
  }
  for (const char* const bad :
       {"glob:[", "glob:[]", "glob:[^", "glob:[a\\", "glob:{a", "glob:a}", "glob:\\", "regex:(", "regexp:(?<!x)"}) {
    EXPECT_FALSE(checkPathSelector(bad).ok()) << bad;
  }
}

TEST(GoRegex, TakesGosSyntaxWhereRe2Differs) {
  EXPECT_TRUE(GoRegex::compile("(?P<n>a)|(?P<n>b)")->hits("b"));
  EXPECT_TRUE(GoRegex::compile("(?<major>[0-9]+)\\.")->hits("1."));
  EXPECT_FALSE(GoRegex::compile("\\C").ok());
  EXPECT_FALSE(GoRegex::compile("(?P<>a)").ok());
  EXPECT_FALSE(GoRegex::compile("(?<!x)y").ok());
}

TEST(GoRegex, LeavesClassesAndQuotedTextAlone) {
  EXPECT_TRUE(GoRegex::compile("[(?<n>]")->hits("<"));
  EXPECT_TRUE(GoRegex::compile("^[[:alpha:](?<n>]$")->hits("?"));
  EXPECT_TRUE(GoRegex::compile("\\Q(?<n>\\C\\E")->hits("(?<n>\\C"));
  EXPECT_TRUE(GoRegex::compile("\\\\C")->hits("\\C"));
  EXPECT_TRUE(GoRegex::compile("[]\\]a]b")->hits("]b"));
}

TEST(GoRegex, SearchesAnywhereWithTheEndMeaningTheEndOfTheText) {
  EXPECT_TRUE(GoRegex::compile("rc")->hits("1-rc1"));
  EXPECT_FALSE(GoRegex::compile("RC")->hits("1-rc1"));
  EXPECT_FALSE(GoRegex::compile("a$")->hits("a\n"));
  EXPECT_TRUE(GoRegex::compile("")->hits(""));
}

TEST(GoRegex, ABadByteIsACharacter) { EXPECT_TRUE(GoRegex::compile("^.$")->hits("\xFF")); }

TEST(GoRegex, RefusesWhatWouldTakeTooMuchMemory) {
  EXPECT_FALSE(GoRegex::compile("\\pL{1000}").ok());
  EXPECT_FALSE(GoRegex::compile("(a{100}){100}").ok());
  EXPECT_FALSE(GoRegex::compile(std::string(5000, '(')).ok());
}

TEST(GoRegex, TimeIsLinearInHostileText) {
  const auto regex = GoRegex::compile("^(a+)+$");

  EXPECT_FALSE(regex->hits(std::string(1U << 20U, 'a') + "b"));
}

}  // namespace
}  // namespace landfall::matching
