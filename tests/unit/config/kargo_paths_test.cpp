// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/config/addresses.h"
#include "core/config/manifests.h"
#include "core/config/receiver_builder.h"
#include "tests/support/temp_dir.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kSecretKeys{
    {"quay", "secret"}, {"dockerhub", "secret"}, {"harbor", "auth-header"}};

TEST(KargoPaths, AreTheHashOfProjectNameAndSecret) {
  EXPECT_EQ(receiverPath({"kargo-demo", "q-wh-receiver"}, "quay", {"s3cr3t-value-0123"}),
            "/quay/63c651ae1d8e7e34c705df423a529dfabae83b7b12d82b02abc18a698d5b5897");
  EXPECT_EQ(receiverPath({std::nullopt, "q-wh-receiver"}, "quay", {"s3cr3t-value-0123"}),
            "/quay/60c738cf1e2f9bf9c045a73435c7bd8b13536a38d21d9487c051464480cc31a2");
}

TEST(KargoPaths, AreThoseOfEveryCase) {
  std::size_t compared = 0;
  for (const auto& folder : fs::directory_iterator(LANDFALL_SOURCE_DIR "/tests/kargo-cases")) {
    if (!folder.is_directory()) continue;
    const auto expected = nlohmann::json::parse(testing::readFile(folder.path() / "expected.json"));
    const auto request = nlohmann::json::parse(testing::readFile(folder.path() / "request.json"));
    const auto base_url = cleanBaseUrl(request.value("baseURL", "http://127.0.0.1"));
    if (expected.value("path", "").empty() || !base_url.ok()) continue;
    Problems problems;
    Report report(problems);
    Manifests manifests;
    readManifests(testing::readFile(folder.path() / "manifests.yaml"), folder.path() / "manifests.yaml", manifests,
                  report);
    const std::string project = request.at("namespace");
    for (const auto& receiver : manifests.receivers) {
      if (receiver.key.name != request.at("receiver") || receiver.key.project.value_or("") != project) continue;
      const std::string secret_project =
          project.empty() ? request.value("systemResourcesNamespace", "kargo-system-resources") : project;
      for (const auto& secret : manifests.secrets) {
        if (secret.name != receiver.adapter.secret->name || secret.project != secret_project) continue;
        const std::string value = secret.values.at(kSecretKeys.at(receiver.adapter.id)).bytes;
        EXPECT_EQ(basePath(*base_url) + receiverPath(receiver.key, receiver.adapter.id, {value}), expected.at("path"))
            << folder.path();
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 200u);
}

}  // namespace
}  // namespace landfall::config
