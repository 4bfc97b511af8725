// SPDX-License-Identifier: Apache-2.0
#include "core/config/addresses.h"

#include <gtest/gtest.h>

#include "core/config/names.h"

namespace landfall::config {
namespace {

TEST(ListenAddress, ReadsHostAndPort) {
  for (const auto* text :
       {"127.0.0.1:8080", "[::1]:0", "localhost:65535", "0.0.0.0:80", "[::]:80", "hooks.example:1"}) {
    const auto address = parseListenAddress(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(ListenAddress, RefusesWhatDoesNotNameBoth) {
  for (const auto* text :
       {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "::1:80",
        "[::1]", "[127.0.0.1]:80", "[::1]x:80", "999.0.0.1:80", "a b:80", "http://127.0.0.1:80", "user@host:80"}) {
    EXPECT_FALSE(parseListenAddress(text).ok()) << text;
  }
}

TEST(ListenAddress, KnowsLoopback) {
  for (const auto* host : {"127.0.0.1", "127.255.0.3", "::1", "localhost"}) EXPECT_TRUE(isLoopback(host)) << host;
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "hooks.example", "localhost.example"}) {
    EXPECT_FALSE(isLoopback(host)) << host;
  }
}

TEST(BaseUrl, IsCleanedAsKargoCleansIt) {
  const auto cleaned = [](std::string_view text) {
    const auto url = cleanBaseUrl(text);
    return url.ok() ? *url : "refused: " + url.status().message();
  };

  EXPECT_EQ(cleaned("https://hooks.example"), "https://hooks.example");
  EXPECT_EQ(cleaned("https://hooks.example/"), "https://hooks.example");
  EXPECT_EQ(cleaned("HTTPS://hooks.example:8443/kargo/"), "https://hooks.example:8443/kargo");
  EXPECT_EQ(cleaned("http://[::1]:80//a/./b/../c//"), "http://[::1]:80/a/c");
  EXPECT_EQ(cleaned("http://h/../../a"), "http://h/a");
}

TEST(BaseUrl, RefusesWhatIsNoPlaceForReceivers) {
  for (const auto* text :
       {"", "hooks.example", "ftp://hooks.example", "https://", "https:///x", "https://u:p@h", "https://h/?a=b",
        "https://h/#x", "https://h/a b", "https://h:99999", "https://h/%zz", "https://h/\xc3\xa9"}) {
    EXPECT_FALSE(cleanBaseUrl(text).ok()) << text;
  }
}

TEST(BaseUrl, HasAPathOrNone) {
  EXPECT_EQ(basePath("https://hooks.example"), "");
  EXPECT_EQ(basePath("https://hooks.example/kargo/in"), "/kargo/in");
}

TEST(HttpUrl, TakesAQueryAndNoCredentials) {
  EXPECT_TRUE(parseHttpUrl("https://ci.example:8443/a/b?x=1&y=%20").ok());
  for (const auto* text : {"https://user@ci.example/", "https://ci.example/#a", "https://ci.example/?a b",
                           "https://ci example/", "file:///etc/passwd", "https://ci.example/\n"}) {
    EXPECT_FALSE(parseHttpUrl(text).ok()) << text;
  }
}

TEST(Names, FollowKubernetes) {
  for (const auto* text : {"a", "quay-prod", "a.b-c.d0", "0"}) EXPECT_TRUE(isObjectName(text)) << text;
  for (const auto* text : {"", "-", "-a", "a-", "a..b", "a.-b", "a-.b", "A", "a/b", "a_b", "a b", "."}) {
    EXPECT_FALSE(isObjectName(text)) << text;
  }
  EXPECT_TRUE(isObjectName(std::string(253, 'a')));
  EXPECT_FALSE(isObjectName(std::string(254, 'a')));
  EXPECT_TRUE(isSecretKey("tls.crt_A-1"));
  EXPECT_FALSE(isSecretKey("a/b"));
  EXPECT_TRUE(isHttpToken("X-Env"));
  EXPECT_FALSE(isHttpToken("X Env"));
  EXPECT_FALSE(isHttpToken(""));
}

}  // namespace
}  // namespace landfall::config
