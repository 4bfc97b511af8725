// SPDX-License-Identifier: Apache-2.0
#include "core/matching/repository_name.h"

#include <gtest/gtest.h>

#include <string>

#include "core/matching/go_url.h"

namespace landfall::matching {
namespace {

const std::string kDigest = "@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

TEST(NormalizeImage, DockerHubHasOneName) {
  for (const char* const text : {"busybox", "library/busybox", "docker.io/busybox", "index.docker.io/library/busybox",
                                 "registry-1.docker.io/busybox", " DOCKER.IO/Busybox:1 "}) {
    EXPECT_EQ(normalizeImage(text), "busybox") << text;
  }
  EXPECT_EQ(normalizeImage("docker.io:443/busybox"), "docker.io:443/busybox");
}

TEST(NormalizeImage, TagAndDigestFallAway) {
  EXPECT_EQ(normalizeImage("harbor.example:8443/p/web/api:2.1"), "harbor.example:8443/p/web/api");
  EXPECT_EQ(normalizeImage("quay.io/shop/api:v1" + kDigest), "quay.io/shop/api");
}

TEST(NormalizeImage, APortWithoutAPathIsTakenForATag) {
  EXPECT_EQ(normalizeImage("localhost:5000"), "localhost");
  EXPECT_EQ(normalizeImage("ghcr.io:443"), "ghcr.io");
  EXPECT_EQ(normalizeImage("https://ghcr.io:8443"), "https://ghcr.io");
}

TEST(NormalizeImage, OnlyOneLibraryFallsAway) {
  EXPECT_EQ(normalizeImage("library/"), "");
  EXPECT_EQ(normalizeImage("library/library/x"), "library/x");
  EXPECT_EQ(normalizeImage("library//alpine"), "/alpine");
}

TEST(NormalizeImage, WhatIsNoReferenceComesBackUntouched) {
  for (const char* const text : {"", "A", "docker.io/a", "Invalid Url", " https://ghcr.io:8443/Foo", "ghcr.io/foo@bar",
                                 "a b.io/Foo", "ghcr.io:99x/Foo", "Foo/\xFF"}) {
    EXPECT_EQ(normalizeImage(text), text);
  }
}

TEST(NormalizeImage, LengthsAreBounded) {
  const std::string longest(247, 'a');

  EXPECT_EQ(normalizeImage("DOCKER.io/" + std::string(255, 'a')), std::string(255, 'a'));
  EXPECT_EQ(normalizeImage("DOCKER.io/" + std::string(256, 'a')), "DOCKER.io/" + std::string(256, 'a'));
  EXPECT_EQ(normalizeImage("DOCKER.io/" + longest + kDigest), longest);
  // Behind a digest "library/" counts as well.
  EXPECT_EQ(normalizeImage("DOCKER.io/a" + longest + kDigest), "DOCKER.io/a" + longest + kDigest);
  EXPECT_EQ(normalizeImage("Foo:" + std::string(129, 't')), "Foo:" + std::string(129, 't'));
}

TEST(NormalizeImage, RegistriesMayBeAddressesAndForeignNames) {
  EXPECT_EQ(normalizeImage("[2001:DB8::7]:8443/Team/App:1.2"), "[2001:db8::7]:8443/team/app");
  EXPECT_EQ(normalizeImage("[10.0.0.5]:8443/Team/App"), "[10.0.0.5]:8443/Team/App");
  EXPECT_EQ(normalizeImage("É.io/Foo"), "é.io/foo");
}

TEST(NormalizeImage, WhatCannotBePrintedFallsAwayAnywhere) {
  EXPECT_EQ(normalizeImage("\xEF\xBB\xBFquay.io/sh\xE2\x80\x8Bop/a\tpi\n"), "quay.io/shop/api");
}

TEST(NormalizeChart, OciFallsAwayOnce) {
  EXPECT_EQ(normalizeChart("OCI://Quay.io/charts/App"), "quay.io/charts/app");
  EXPECT_EQ(normalizeChart("oci://oci://quay.io/x"), "oci://quay.io/x");
}

TEST(NormalizeChart, WhatIsNoUrlKeepsItsCase) {
  EXPECT_EQ(normalizeChart("127.0.0.1:5000/X"), "127.0.0.1:5000/X");
  EXPECT_EQ(normalizeChart("my-host.example.com:5000/Xy"), "my-host.example.com:5000/xy");
  EXPECT_EQ(normalizeChart("https://H:8443/X"), "https://h:8443/x");
}

TEST(NormalizeGit, FormsOfOneRepositoryKeepTheirScheme) {
  EXPECT_EQ(normalizeGit("https://user:secret@GitHub.com/Shop/Api.git/"), "https://github.com/shop/api");
  EXPECT_EQ(normalizeGit("git@github.com:shop/api.git"), "ssh://git@github.com/shop/api");
  EXPECT_EQ(normalizeGit("ssh://git:pw@github.com/shop/api.git"), "ssh://git:pw@github.com/shop/api");
}

TEST(NormalizeGit, EscapesAreWrittenAgainWhenThePathWasTrimmed) {
  EXPECT_EQ(normalizeGit("https://h/a%2fb"), "https://h/a%2fb");
  EXPECT_EQ(normalizeGit("https://h/a%2fb.git"), "https://h/a/b");
  EXPECT_EQ(normalizeGit("https://h/(a)"), "https://h/(a)");
  EXPECT_EQ(normalizeGit("https://h/(a).git"), "https://h/%28a%29");
}

TEST(NormalizeGit, OnlyAQueryThatHoldsSomethingKeepsTheTextAsItIs) {
  EXPECT_EQ(normalizeGit("https://h/X.git?a=b"), "https://h/X.git?a=b");
  EXPECT_EQ(normalizeGit("https://h/X.git?="), "https://h/X.git?=");
  EXPECT_EQ(normalizeGit("https://h/X.git?a;b"), "https://h/x?a;b");
  EXPECT_EQ(normalizeGit("https://h/X.git?"), "https://h/x?");
}

TEST(NormalizeGit, ScpFormsAreReadAsWordsAndColons) {
  EXPECT_EQ(normalizeGit("github"), "ssh://github");
  EXPECT_EQ(normalizeGit("c:/x.git"), "ssh://c//x");
  EXPECT_EQ(normalizeGit("git@h:a:b/c"), "ssh://git@h");  // "a" is read as a scheme
  for (const char* const text : {"github.com/a/B", "u:p@h:X", "/srv/X", "", "a..b:X", "h.:X", "git@h:1a:b"}) {
    EXPECT_EQ(normalizeGit(text), text);
  }
}

TEST(SplitRegistry, TheFirstPartIsARegistryWhenItLooksLikeAHost) {
  EXPECT_EQ(splitRegistry("quay.io/shop/api").registry, "quay.io");
  EXPECT_EQ(splitRegistry("quay.io/shop/api").path, "shop/api");
  EXPECT_EQ(splitRegistry("localhost/api").registry, "localhost");
  EXPECT_EQ(splitRegistry("host:5000/api").path, "api");
  EXPECT_EQ(splitRegistry("shop/api").registry, "");
  EXPECT_EQ(splitRegistry("shop/api").path, "shop/api");
  EXPECT_EQ(splitRegistry("busybox").path, "busybox");
}

TEST(GoUrl, ColonsInAHostAreStrictForTheWebOnly) {
  EXPECT_FALSE(GoUrl::parse("https://a:b:80/x"));
  EXPECT_TRUE(GoUrl::parse("ssh://a:b:80/x"));
  EXPECT_TRUE(GoUrl::parse("https://a:/x"));
  EXPECT_TRUE(GoUrl::parse("https://a:99999999/x"));
  EXPECT_FALSE(GoUrl::parse("https://a:8o/x"));
}

TEST(GoUrl, BracketsHoldAnIpv6AddressAndNothingElse) {
  for (const char* const good : {"//[::1]", "//[::1]:80", "//[fe80::1%25en0]", "//[::ffff:1.2.3.4]"}) {
    EXPECT_TRUE(GoUrl::parse(good)) << good;
  }
  for (const char* const bad : {"//[", "//[]", "//[::1", "//[1.2.3.4]", "//[::1]x", "//x[::1]", "//[::1%25]", "//[::g]",
                                "//[::1%20]", "//[1:2:3:4:5:6:7]"}) {
    EXPECT_FALSE(GoUrl::parse(bad)) << bad;
  }
}

TEST(GoUrl, ControlBytesAreRefusedExceptInTheFragment) {
  EXPECT_FALSE(GoUrl::parse("https://h/a\x01"));
  EXPECT_FALSE(GoUrl::parse(std::string("https://h/\0", 11)));
  EXPECT_EQ(GoUrl::parse("https://h/#\x01")->text(), "https://h/#%01");
}

}  // namespace
}  // namespace landfall::matching
