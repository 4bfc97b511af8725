// SPDX-License-Identifier: Apache-2.0
#include "core/config/repository_url.h"

#include <gtest/gtest.h>

namespace landfall::config {
namespace {

TEST(RepositoryUrl, TakesTheImagesThatKargoTakes) {
  for (const auto* text : {"busybox", "library/busybox", "Docker.io/Library/BusyBox", "localhost:5000/pear",
                           "127.0.0.1:5000/pear", "quay.io/a/b/c/pear", "quay.io/o/pear-tree_1.x"}) {
    EXPECT_TRUE(isImageRepository(text)) << text;
  }
  for (const auto* text : {"", " quay.io/o/pear", "quay.io/o/pear ", "quay.io/o/pear:9.9", "quay.io/o/pear@sha256:ab",
                           "https://quay.io/o/pear", "quay.io/o/pear/", "quay.io//pear", "/pear", "localhost:5000",
                           "quay.io/-a", "quay.io/a--b", "quay.io:x/a", ":5000/a"}) {
    EXPECT_FALSE(isImageRepository(text)) << text;
  }
}

TEST(RepositoryUrl, TakesTheChartsThatKargoTakes) {
  for (const auto* text : {"oci://quay.io/o/pear", "oci://QUAY.io/o/pear@sha256:ab", "https://charts.example",
                           "http://charts.example:8080", "https://charts.example/stable/"}) {
    EXPECT_TRUE(isChartRepository(text)) << text;
  }
  for (const auto* text : {"", "quay.io/o/pear", " oci://quay.io/o/pear", "OCI://quay.io/o", "oci://", "https:///x",
                           "https://h:x/", "https://h:/", "ftp://h/"}) {
    EXPECT_FALSE(isChartRepository(text)) << text;
  }
}

TEST(RepositoryUrl, TakesTheGitRepositoriesThatKargoTakes) {
  for (const auto* text :
       {"https://github.com/shop/api.git", "ssh://git@github.com/shop/api", "git@github.com:shop/api"}) {
    EXPECT_TRUE(isGitRepository(text)) << text;
  }
  for (const auto* text : {"", "github.com/shop/api", "https://", "https:///x", "git://h/x", "@h:x", "a b@h:x"}) {
    EXPECT_FALSE(isGitRepository(text)) << text;
  }
  EXPECT_TRUE(isGitBranch("release/1.x"));
  for (const auto* text : {"", "-a", "a.", "a/", "a b"}) EXPECT_FALSE(isGitBranch(text)) << text;
}

}  // namespace
}  // namespace landfall::config
