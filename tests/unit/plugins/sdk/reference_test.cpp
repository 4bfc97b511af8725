// SPDX-License-Identifier: Apache-2.0
#include "landfall/reference.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace landfall {
namespace {

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

struct Split {
  std::string text, repository, tag, digest;
};

class ReferenceForms : public ::testing::TestWithParam<Split> {};

TEST_P(ReferenceForms, AreTakenApart) {
  const Reference reference = splitReference(GetParam().text);

  EXPECT_EQ(reference.repository, GetParam().repository);
  EXPECT_EQ(reference.tag, GetParam().tag);
  EXPECT_EQ(reference.digest, GetParam().digest);
}

INSTANTIATE_TEST_SUITE_P(
    All, ReferenceForms,
    ::testing::Values(Split{"", "", "", ""}, Split{"busybox", "busybox", "", ""},
                      Split{"busybox:1.37", "busybox", "1.37", ""}, Split{"library/busybox", "library/busybox", "", ""},
                      Split{"quay.io/harbourside/cart-api:2.14.0", "quay.io/harbourside/cart-api", "2.14.0", ""},
                      Split{"quay.io/a/b/c/d/e:V1", "quay.io/a/b/c/d/e", "V1", ""},
                      Split{"registry.example:8443/team/app", "registry.example:8443/team/app", "", ""},
                      Split{"registry.example:8443/team/app:1.2", "registry.example:8443/team/app", "1.2", ""},
                      Split{"[2001:db8::7]:8443/team/app:1.2", "[2001:db8::7]:8443/team/app", "1.2", ""},
                      Split{"[2001:db8::7]:8443/team/app", "[2001:db8::7]:8443/team/app", "", ""},
                      Split{"[2001:db8::7]:8443", "[2001:db8::7]:8443", "", ""},
                      Split{"ghcr.io/Owner/App@" + kDigest, "ghcr.io/Owner/App", "", kDigest},
                      Split{"ghcr.io/owner/app:1.2@" + kDigest, "ghcr.io/owner/app", "1.2", kDigest},
                      Split{"ghcr.io/owner/app@sha256:abcd", "ghcr.io/owner/app", "", ""},
                      Split{"ghcr.io/owner/app:", "ghcr.io/owner/app", "", ""},
                      Split{"user:pw@ghcr.io/owner/app", "user:pw@ghcr.io/owner/app", "", ""},
                      Split{"oci://registry.example:8443/charts/app:1.2", "oci://registry.example:8443/charts/app",
                            "1.2", ""},
                      Split{"https://charts.example:8443", "https://charts.example:8443", "", ""},
                      Split{"https://charts.example/stable", "https://charts.example/stable", "", ""},
                      Split{":", "", "", ""}, Split{"@", "", "", ""}, Split{"/", "/", "", ""},
                      Split{"://", "://", "", ""}));

TEST(Digest, AcceptsWhatIsOneAndRepairsItsCase) {
  EXPECT_EQ(digestOrNothing(kDigest), kDigest);
  EXPECT_EQ(digestOrNothing("sha256:" + std::string(64, 'A')), kDigest);
  EXPECT_EQ(digestOrNothing("sha512:" + std::string(128, 'B')), "sha512:" + std::string(128, 'b'));
}

TEST(Digest, PutsTheAlgorithmBeforeBareHex) {
  EXPECT_EQ(digestOrNothing(kHex), kDigest);
  EXPECT_EQ(digestOrNothing(std::string(64, 'A')), kDigest);
}

TEST(Digest, DropsEverythingElse) {
  const std::string hex40(40, 'a');
  const std::string hex63(63, 'a');
  const std::string hex128(128, 'a');
  for (const std::string& text : {std::string(), std::string("latest"), hex40, "sha256:" + hex40, "sha256:" + hex63,
                                  "sha256:" + hex63 + "g", "sha256:" + hex128, "sha512:" + kHex, "SHA256:" + kHex,
                                  "md5:" + kHex, std::string("sha256:"), ":" + kHex, hex128, kDigest + " "}) {
    EXPECT_EQ(digestOrNothing(text), "") << text;
  }
}

TEST(Tag, WithAColonIsDigestLike) {
  EXPECT_TRUE(isDigestLike(kDigest));
  EXPECT_TRUE(isDigestLike("sha256:abc"));
  EXPECT_FALSE(isDigestLike("2.14.0"));
  EXPECT_FALSE(isDigestLike(kHex));
}

TEST(Tag, IsPutWhereItBelongs) {
  const auto placed = [](std::string_view text) {
    Artifact artifact;
    setTagOrDigest(artifact, text);
    return artifact.tag + "|" + artifact.digest;
  };

  EXPECT_EQ(placed("2.14.0-RC.1"), "2.14.0-RC.1|");
  EXPECT_EQ(placed(""), "|");
  EXPECT_EQ(placed(kDigest), "|" + kDigest);
  EXPECT_EQ(placed("sha256:" + std::string(64, 'A')), "|" + kDigest);
  EXPECT_EQ(placed(kHex), kHex + "|");
}

TEST(Tag, ThatLooksLikeADigestAndIsNoneDoesNotVanish) {
  Artifact artifact;

  setTagOrDigest(artifact, "sha256:abcd");

  EXPECT_EQ(artifact.tag, "sha256:abcd");
  EXPECT_EQ(artifact.digest, "");
}

std::chrono::sys_time<std::chrono::milliseconds> ms(std::int64_t count) {
  return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(count));
}

TEST(Rfc3339, IsReadWithFractionsAndOffsets) {
  EXPECT_EQ(readRfc3339("2026-11-20T09:40:00Z"), ms(1'795'167'600'000));
  EXPECT_EQ(readRfc3339("2026-11-20t10:40:00.5+01:00"), ms(1'795'167'600'500));
  EXPECT_EQ(readRfc3339("2026-11-20T04:10:00.123456789-0530"), ms(1'795'167'600'123));
  EXPECT_EQ(readRfc3339("1970-01-01 00:00:00z"), ms(0));
  EXPECT_EQ(readRfc3339("1969-12-31T23:59:59.999Z"), ms(-1));
  EXPECT_EQ(readRfc3339("2016-12-31T23:59:60Z"), readRfc3339("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, IsNothingForTheYearWithWhichGoSaysNone) {
  EXPECT_FALSE(readRfc3339("0001-01-01T00:00:00Z"));
  EXPECT_FALSE(readRfc3339("0000-00-00T00:00:00Z"));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const auto* text :
       {"", "x", "2026-11-20", "2026-11-20T09:40:00", "2026-13-20T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-11-20T24:00:00Z", "2026-11-20T09:60:00Z", "2026-11-20T09:40:61Z", "2026-11-20T09:40:00.Z",
        "2026-11-20T09:40:00Zx", "2026-11-20T09:40:00+1", "2026-11-20T09:40:00+24:00", "2026-11-20T09:40:00+01:60",
        "-026-11-20T09:40:00Z", "2026-1-20T09:40:00Z", "1795167600"}) {
    EXPECT_FALSE(readRfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace landfall
