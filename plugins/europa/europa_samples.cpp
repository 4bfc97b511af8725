// SPDX-License-Identifier: Apache-2.0
#include "europa_samples.h"

#include <string_view>

namespace landfall::europa {
namespace {

constexpr std::string_view kPush = R"({
  "event": "DockerImagePush",
  "image": {
    "tags": ["2.14.0"],
    "sha": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
    "size": null,
    "pushed": "2017-02-20T10:11:12.345Z"
  },
  "repository": {"name": "harbourside/cart-api", "region": "", "provider": "DOCKERHUB"}
})";

constexpr std::string_view kPushToEcr = R"({
  "event": "DockerImagePush",
  "image": {
    "tags": ["2.14.0"],
    "sha": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
    "size": null,
    "pushed": "2017-02-20T10:11:12.345Z"
  },
  "repository": {"name": "harbourside/cart-api", "region": "eu-west-1", "provider": "ECR"}
})";

constexpr std::string_view kPushOfTwoTags = R"({
  "event": "DockerImagePush",
  "image": {
    "tags": ["2.14.0", "latest"],
    "sha": "sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7",
    "size": 48211968,
    "pushed": "2017-01-20T10:11:12Z"
  },
  "repository": {"name": "harbourside-prod/cart-api", "region": "eu.gcr.io", "provider": "GCR"}
})";

constexpr std::string_view kDelete = R"({
  "event": "DockerImagePush",
  "image": {"tags": ["2.13.4"], "sha": null, "size": null, "pushed": "2017-01-03T08:00:00Z"},
  "repository": {"name": "harbourside/cart-api", "region": "", "provider": "DOCKERHUB"}
})";

constexpr std::string_view kTest = R"({
  "event": "DockerImagePush",
  "image": {
    "tags": ["12345"],
    "sha": "d573f3ab519f9e83046bbc66d9f68fb11c3a7037",
    "size": 100000,
    "pushed": "2017-02-20T10:11:12.345Z"
  },
  "repository": {"name": "test-repo", "region": "us-east-1", "provider": "ECR"}
})";

}  // namespace

std::vector<Sample> samples() {
  return {
      {"push", "An image was pushed to Docker Hub.", kPush, Outcome::Pushed},
      {"push-ecr", "An image was pushed to Amazon ECR; the account comes from the receiver.", kPushToEcr,
       Outcome::Pushed, R"({"account": "111122223333"})"},
      {"push-two-tags", "Two tags of one image in Google's registry, as Europa sent them before February 2017.",
       kPushOfTwoTags, Outcome::Pushed},
      {"delete", "A tag has vanished from its registry.", kDelete, Outcome::Nothing},
      {"test", "The \"Test webhook\" button.", kTest, Outcome::Ping},
  };
}

}  // namespace landfall::europa
