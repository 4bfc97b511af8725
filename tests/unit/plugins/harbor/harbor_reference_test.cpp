// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "landfall/testing.hpp"

namespace landfall::testing {
namespace {

using nlohmann::json;

const std::string kHex = "1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7";
const std::string kDigest = "sha256:" + kHex;

TestResult push(const json& resource, const std::string& host = "", const std::string& type = "PUSH_ARTIFACT") {
  const json event = {
      {"type", type},
      {"event_data",
       {{"resources", json::array({resource})},
        {"repository", {{"name", "cart"}, {"namespace", "harbourside"}, {"repo_full_name", "harbourside/cart"}}}}}};
  return AdapterUnderTest(landfall_plugin_v1(), {.host = host}).parse({.body = event.dump()});
}

TestArtifact onlyArtifact(const TestResult& result) {
  EXPECT_EQ(result.artifacts.size(), 1u) << result.reason;
  return result.artifacts.empty() ? TestArtifact{} : result.artifacts.front();
}

TEST(HarborReference, TheRepositoryIsTheResourcesUrlWithoutTagAndDigest) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"harbor.corp.example/a/b:1.2.3", "harbor.corp.example/a/b"},
      {"harbor.corp.example:8443/a/b:1.2.3", "harbor.corp.example:8443/a/b"},
      {"harbor.corp.example:8443/a/b", "harbor.corp.example:8443/a/b"},
      {"[2001:db8::7]:8443/a/b:1.2.3", "[2001:db8::7]:8443/a/b"},
      {"[2001:db8::7]/a/b", "[2001:db8::7]/a/b"},
      {"harbor.corp.example/a/b/c/d/e:1.2.3", "harbor.corp.example/a/b/c/d/e"},
      {"Harbor.Corp.Example/Owner/App:1.2.3", "Harbor.Corp.Example/Owner/App"},
      {"docker.io/library/busybox:1.2.3", "docker.io/library/busybox"},
      {"busybox:1.2.3", "busybox"},
      {"busybox", "busybox"},
      {"harbor.corp.example/a/b@" + kDigest, "harbor.corp.example/a/b"},
      {"harbor.corp.example/a/b:1.2.3@" + kDigest, "harbor.corp.example/a/b"},
      {"harbor.corp.example/a/b/", "harbor.corp.example/a/b/"},
      {"https://harbor.corp.example/a/b:1.2.3", "https://harbor.corp.example/a/b"},
  };
  for (const auto& [resource_url, repository] : cases) {
    const auto artifact = onlyArtifact(push({{"tag", "1.2.3"}, {"resource_url", resource_url}}));

    EXPECT_EQ(artifact.repository, repository);
    EXPECT_EQ(artifact.tag, "1.2.3") << resource_url;
    EXPECT_FALSE(artifact.host_unknown) << resource_url;
  }
}

TEST(HarborReference, AnEndThatIsNeitherTagNorDigestIsNotCutOff) {
  for (const std::string odd :
       {"harbor.corp.example/a/b:1.2.3+b", "harbor.corp.example/a/b:", "harbor.corp.example/a/b:x y",
        "harbor.corp.example/a/b@sha256:d573f3ab519f9e83046bbc66d9f68fb11c3a7037", "harbor.corp.example/a/b@",
        "harbor.corp.example/a/b@latest", ":1.2.3"}) {
    EXPECT_EQ(onlyArtifact(push({{"tag", "1.2.3"}, {"resource_url", odd}})).repository, odd);
  }
  const std::string long_tag = "harbor.corp.example/a/b:" + std::string(129, 'x');
  EXPECT_EQ(onlyArtifact(push({{"tag", "1.2.3"}, {"resource_url", long_tag}})).repository, long_tag);
}

TEST(HarborReference, TheTagIsTakenAsItIs) {
  const std::vector<std::string> tags = {"Release-1.X", "1.2.3+b", "latest", "_under", "V1", std::string(200, 'a')};
  for (const auto& tag : tags) {
    const auto artifact =
        onlyArtifact(push({{"tag", tag}, {"digest", kDigest}, {"resource_url", "harbor.corp.example/a/b"}}));

    EXPECT_EQ(artifact.tag, tag);
    EXPECT_EQ(artifact.digest, kDigest);
  }
}

TEST(HarborReference, ADigestInTheTagsPlaceIsNoTag) {
  const std::vector<json> resources = {
      {{"tag", kDigest}, {"digest", kDigest}},
      {{"tag", kDigest}},
      {{"digest", kDigest}},
      {{"tag", ""}, {"digest", kDigest}},
      {{"tag", nullptr}, {"digest", kDigest}},
      {{"tag", "sha256:0000"}, {"digest", kDigest}},
      {{"tag", kHex}, {"digest", kHex}},
      {{"tag", ""}},
  };
  for (json resource : resources) {
    resource["resource_url"] = "harbor.corp.example/a/b@" + kDigest;
    const auto artifact = onlyArtifact(push(resource));

    EXPECT_EQ(artifact.tag, "") << resource;
    EXPECT_EQ(artifact.digest, kDigest) << resource;
    EXPECT_EQ(artifact.repository, "harbor.corp.example/a/b") << resource;
  }
}

TEST(HarborReference, DigestsAreRepairedOrDropped) {
  std::string upper = kHex;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string sha512 = "sha512:" + kHex + kHex;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {kDigest, kDigest},
      {kHex, kDigest},
      {"sha256:" + upper, kDigest},
      {sha512, sha512},
      {"d573f3ab519f9e83046bbc66d9f68fb11c3a7037", ""},
      {"sha256:d573f3ab519f9e83046bbc66d9f68fb11c3a7037", ""},
      {"sha256:", ""},
      {"md5:" + kHex, ""},
      {"", ""},
  };
  for (const auto& [digest, expected] : cases) {
    const auto artifact =
        onlyArtifact(push({{"tag", "1.0"}, {"digest", digest}, {"resource_url", "harbor.corp.example/a/b:1.0"}}));

    EXPECT_EQ(artifact.digest, expected) << digest;
    EXPECT_EQ(artifact.tag, "1.0");
  }
}

// Kargo reads tags from `tag` alone and takes every subscriber when there is none.
TEST(HarborReference, APushWithNeitherTagNorDigestHasNoTag) {
  const auto artifact = onlyArtifact(push({{"resource_url", "harbor.corp.example/a/b:1.0"}}));

  EXPECT_EQ(artifact.tag, "");
  EXPECT_EQ(artifact.digest, "");
}

TEST(HarborReference, TheUrlsTagKeepsADigestOutOfTheTagsPlace) {
  const auto artifact = onlyArtifact(push({{"digest", kDigest}, {"resource_url", "harbor.corp.example/a/b:1.0"}}));

  EXPECT_EQ(artifact.tag, "1.0");
  EXPECT_EQ(artifact.digest, kDigest);
}

// Dropped, it would leave a push that refreshes every subscriber of the repository.
TEST(HarborReference, ATagWithAColonThatHidesNoDigestStaysWhenNothingElseIsThere) {
  const auto artifact = onlyArtifact(push({{"tag", "not:a-digest"}, {"resource_url", "harbor.corp.example/a/b"}}));

  EXPECT_EQ(artifact.tag, "not:a-digest");
  EXPECT_EQ(artifact.digest, "");
}

TEST(HarborReference, WithoutAUrlTheConfiguredHostHoldsTheRepository) {
  for (const json& resource : {json{{"tag", "1.0"}, {"digest", kDigest}}, json{{"tag", "1.0"}, {"resource_url", ""}}}) {
    const auto artifact = onlyArtifact(push(resource, "harbor.corp.example:8443"));

    EXPECT_EQ(artifact.repository, "harbor.corp.example:8443/harbourside/cart");
    EXPECT_EQ(artifact.tag, "1.0");
    EXPECT_FALSE(artifact.host_unknown);
  }
}

TEST(HarborReference, WithoutAUrlAndAHostOnlyWhatRefreshesNothingIsReportedByItsPath) {
  const TestResult quota = push({{"tag", "1.0"}}, "", "QUOTA_EXCEED");
  const TestResult pushed = push({{"tag", "1.0"}});

  EXPECT_EQ(onlyArtifact(quota).repository, "harbourside/cart");
  EXPECT_TRUE(onlyArtifact(quota).host_unknown);
  EXPECT_EQ(pushed.status, LANDFALL_UNRECOGNISED);
  EXPECT_TRUE(pushed.artifacts.empty());
}

TEST(HarborReference, AConfiguredHostDoesNotReplaceTheOneThatHarborNames) {
  const auto artifact =
      onlyArtifact(push({{"tag", "1.0"}, {"resource_url", "harbor.corp.example/a/b:1.0"}}, "other.example"));

  EXPECT_EQ(artifact.repository, "harbor.corp.example/a/b");
}

TEST(HarborReference, EachResourceStandsForItself) {
  const json event = {{"type", "pushImage"},
                      {"event_data",
                       {{"resources",
                         {{{"tag", "1"}, {"resource_url", "h.example/a/one:1"}},
                          nullptr,
                          {{"tag", "2"}, {"resource_url", "h.example/a/two:2"}},
                          json::object()}}}}};

  const TestResult result = AdapterUnderTest(landfall_plugin_v1()).parse({.body = event.dump()});

  EXPECT_EQ(result.status, LANDFALL_PUSHED);
  ASSERT_EQ(result.artifacts.size(), 2u);
  EXPECT_EQ(result.artifacts[0].repository + ":" + result.artifacts[0].tag, "h.example/a/one:1");
  EXPECT_EQ(result.artifacts[1].repository + ":" + result.artifacts[1].tag, "h.example/a/two:2");
}

TEST(HarborReference, AChartsRepositoryIsItsProjectInChartMuseum) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://harbor.corp.example/chartrepo/harbourside/charts/cart-1.4.2.tgz",
       "harbor.corp.example/chartrepo/harbourside"},
      {"http://harbor.corp.example:8080/chartrepo/harbourside/charts/cart-1.4.2.tgz",
       "harbor.corp.example:8080/chartrepo/harbourside"},
      {"https://[2001:db8::7]:8443/chartrepo/harbourside/charts/cart-1.4.2.tgz",
       "[2001:db8::7]:8443/chartrepo/harbourside"},
      {"https://harbor.corp.example/chartrepo/charts/charts/cart-1.4.2.tgz", "harbor.corp.example/chartrepo/charts"},
      {"harbor.corp.example/chartrepo/harbourside/charts/cart-1.4.2.tgz", "harbor.corp.example/chartrepo/harbourside"},
  };
  for (const auto& [resource_url, repository] : cases) {
    const auto artifact = onlyArtifact(push({{"tag", "1.4.2"}, {"resource_url", resource_url}}, "", "UPLOAD_CHART"));

    EXPECT_EQ(artifact.repository, repository) << resource_url;
    EXPECT_EQ(artifact.tag, "1.4.2") << resource_url;
    EXPECT_EQ(artifact.digest, "") << resource_url;
  }
}

TEST(HarborReference, AChartsUrlOfAnotherFormFallsBackToTheConfiguredHost) {
  for (const std::string odd : {"", "https://", "https:///chartrepo/x/charts/y.tgz", "/chartrepo/x/charts/y.tgz",
                                "https://h.example/chartrepo/charts/y.tgz", "https://h.example/other/y.tgz"}) {
    const json resource = {{"tag", "1.4.2"}, {"resource_url", odd}};

    EXPECT_EQ(onlyArtifact(push(resource, "harbor.corp.example", "UPLOAD_CHART")).repository,
              "harbor.corp.example/chartrepo/harbourside")
        << odd;
    EXPECT_EQ(push(resource, "", "UPLOAD_CHART").status, LANDFALL_UNRECOGNISED) << odd;
  }
}

TEST(HarborReference, AChartsNameStandsInTheDetails) {
  const TestResult result =
      push({{"tag", "1.4.2"}, {"resource_url", "https://harbor.corp.example/chartrepo/p/charts/cart-1.4.2.tgz"}}, "",
           "UPLOAD_CHART");

  EXPECT_EQ(json::parse(result.event->details)["chart"], "cart");
}

}  // namespace
}  // namespace landfall::testing
