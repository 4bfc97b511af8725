// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/access.h"

#include <gtest/gtest.h>

#include "core/base/crypto.h"

namespace landfall::http {
namespace {

Request withHeaders(std::vector<model::Header> headers) {
  Request request;
  request.method = "POST";
  request.headers = std::move(headers);
  return request;
}

config::Settings::Admin withToken(config::TokenScope scope) {
  config::Settings::Admin settings;
  settings.tokens.push_back({"ci", scope, base::sha256Hex("right")});
  return settings;
}

TEST(Access, WithoutTokensALoopbackNameMayDoEverything) {
  for (const auto* host : {"127.0.0.1:8081", "localhost:8081", "[::1]:8081", "127.0.0.53:1", "localhost"}) {
    const auto decision = decideAccess({}, withHeaders({{"Host", host}}));
    ASSERT_TRUE(decision.access) << host;
    EXPECT_EQ(decision.access->scope, config::TokenScope::Operate);
  }
}

TEST(Access, WithoutTokensANameThatWasReboundIsRefused) {
  for (const auto* host :
       {"evil.example:8081", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "127.evil:1"}) {
    EXPECT_FALSE(decideAccess({}, withHeaders({{"Host", host}})).access) << host;
  }
}

TEST(Access, ATokenHasItsScope) {
  const auto decision =
      decideAccess(withToken(config::TokenScope::Read), withHeaders({{"Authorization", "Bearer right"}}));

  ASSERT_TRUE(decision.access);
  EXPECT_EQ(decision.access->scope, config::TokenScope::Read);
}

TEST(Access, AWrongOrMissingTokenIs401) {
  for (const auto* value : {"Bearer wrong", "Bearer ", "right", "Basic cmlnaHQ=", ""}) {
    const auto decision = decideAccess(withToken(config::TokenScope::Operate), withHeaders({{"Authorization", value}}));
    EXPECT_FALSE(decision.access) << value;
    EXPECT_EQ(decision.refusal.status, 401) << value;
  }
}

TEST(Access, RequestsOfOtherSitesAreRefused) {
  EXPECT_TRUE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Origin", "http://b:1"}})));
  EXPECT_TRUE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Origin", "null"}})));
  EXPECT_TRUE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Sec-Fetch-Site", "cross-site"}})));
  EXPECT_TRUE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Sec-Fetch-Site", "same-site"}})));
}

TEST(Access, TheOwnPageAndProgramsAreNot) {
  EXPECT_FALSE(refuseForeignSite(withHeaders({{"Host", "a:1"}})));
  EXPECT_FALSE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Origin", "http://a:1"}})));
  EXPECT_FALSE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Sec-Fetch-Site", "same-origin"}})));
  EXPECT_FALSE(refuseForeignSite(withHeaders({{"Host", "a:1"}, {"Sec-Fetch-Site", "none"}})));
}

}  // namespace
}  // namespace landfall::http
