// SPDX-License-Identifier: Apache-2.0
//
// What a plugin is given by the host, as the mirror shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "core/adapters/adapter.h"
#include "core/base/crypto.h"
#include "landfall/adapter.hpp"
#include "tests/abi/zoo.h"

namespace landfall::adapters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Zoo;

class GivenToAPlugin : public ::testing::Test {
 protected:
  std::shared_ptr<const Adapter> mirror(const AdapterConfiguration& configuration = {"{}", "", {{"u", "w"}}}) {
    return *Adapter::create(zoo_.plugin("mirror"), configuration);
  }

  const std::vector<model::Header> headers_ = {
      {"x-event", "push"}, {"Cookie", "a"}, {"X-TOKEN", "one"}, {"X-Event", "pull"}, {"X-Token", "two"}};
  Zoo zoo_;
};

TEST_F(GivenToAPlugin, AreOptionsHostAndEverySecretNewestFirst) {
  const auto adapter = mirror({R"({"event": "push"})", "quay.example", {{"u2", "w2"}, {"u1", "w1"}}});

  const auto parsed = adapter->parse({"POST", {}, {}, ""});

  EXPECT_EQ(parsed.actor, R"({"event": "push"} quay.example 0:u2 0:w2 1:u1 1:w1)");
}

TEST_F(GivenToAPlugin, ForAuthenticationAreDeclaredHeadersOfAnyCaseEachTimeTheyCameAndTheQuery) {
  (void)mirror()->authenticate({"POST", "a=b", headers_, ""});

  EXPECT_THAT(zoo_.logged(), HasSubstr("POST?a=b X-Event=push X-Token=one X-Event=pull X-Token=two"));
}

TEST_F(GivenToAPlugin, ForParsingIsNeitherCredentialNorQuery) {
  const auto parsed = mirror()->parse({"POST", "a=b", headers_, ""});

  EXPECT_EQ(parsed.kind, "POST? X-Event=push X-Event=pull");
}

TEST_F(GivenToAPlugin, IsWhatAReplayHasToo) {
  const auto adapter = mirror();

  const auto kept = adapter->keptHeaders(headers_);

  EXPECT_THAT(kept, ElementsAre(model::Header{"X-Event", "push"}, model::Header{"X-Event", "pull"}));
  EXPECT_EQ(adapter->parse({"POST", {}, kept, ""}).kind, adapter->parse({"POST", "a=b", headers_, ""}).kind);
}

TEST_F(GivenToAPlugin, IsALogThatTellsWhoSpeaksOnOneLine) {
  (void)mirror()->authenticate({"POST", "", {}, ""});

  const std::string line = zoo_.logged();
  EXPECT_THAT(line, HasSubstr("mirror"));
  EXPECT_THAT(line, HasSubstr("POST? second line"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(GivenToAPlugin, AreHmacsOfBothKindsAndOfNoOther) {
  const auto plugin = zoo_.plugin("mirror");
  const landfall_host& host = *plugin->host();
  const auto mac = [&](landfall_hmac_algorithm algorithm, landfall_str key) {
    std::array<std::uint8_t, 32> out{};
    const std::size_t length = host.hmac(host.ctx, algorithm, key, toAbi("message"), out.data());
    return std::string(reinterpret_cast<const char*>(out.data()), length);
  };

  EXPECT_EQ(mac(LANDFALL_HMAC_SHA1, toAbi("key")), base::hmac(base::HmacAlgorithm::Sha1, "key", "message"));
  EXPECT_EQ(mac(LANDFALL_HMAC_SHA256, toAbi("key")), base::hmac(base::HmacAlgorithm::Sha256, "key", "message"));
  EXPECT_EQ(mac(LANDFALL_HMAC_SHA256, {nullptr, 0}), base::hmac(base::HmacAlgorithm::Sha256, "", "message"));
  EXPECT_EQ(mac(3, toAbi("key")), "");
  EXPECT_EQ(mac(LANDFALL_HMAC_SHA256, {nullptr, 3}), "");
}

TEST_F(GivenToAPlugin, IsAComparisonOfBytes) {
  const auto plugin = zoo_.plugin("mirror");
  const Host host(plugin->host());

  EXPECT_TRUE(host.constantTimeEqual("", ""));
  EXPECT_TRUE(host.constantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(host.constantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  EXPECT_FALSE(host.constantTimeEqual("a", "ab"));
  EXPECT_EQ(plugin->host()->constant_time_equal(plugin->host()->ctx, {nullptr, 1}, {nullptr, 1}), 0);
}

}  // namespace
}  // namespace landfall::adapters
