// SPDX-License-Identifier: Apache-2.0
//
// Descriptors from memory: what is wrong with a library's own is in tests/abi.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "core/adapters/plugin.h"
#include "landfall/adapter.hpp"

namespace landfall::adapters {
namespace {

using ::testing::HasSubstr;

landfall_status neverCalled(const landfall_adapter*, const landfall_request*, const landfall_out*) {
  ADD_FAILURE() << "a descriptor is read, its functions are not called";
  return LANDFALL_FAILED;
}

/// A descriptor that nothing is wrong with, and the tables behind it.
struct Descriptor {
  std::array<landfall_str, 2> secret_keys = {toAbi("username"), toAbi("password")};
  std::array<landfall_option, 2> options = {{{toAbi("event"), LANDFALL_OPTION_STRING, 1, toAbi("The event.")},
                                             {toAbi("limit"), LANDFALL_OPTION_INTEGER, 0, {}}}};
  std::array<landfall_header_spec, 2> headers = {
      {{toAbi("Authorization"), LANDFALL_HEADER_CREDENTIAL}, {toAbi("X-Event"), 0}}};
  std::array<landfall_header, 1> sample_headers = {{{toAbi("X-Event"), toAbi("push")}}};
  std::array<landfall_sample, 2> samples = {{{toAbi("push"), toAbi("A push."), toAbi(R"({"event": "push"})"),
                                              sample_headers.data(), 1, toAbi("{}"), LANDFALL_PUSHED},
                                             {toAbi("ping"), {}, {}, nullptr, 0, {}, LANDFALL_PING}}};
  landfall_plugin plugin{};

  Descriptor() {
    plugin.size = sizeof plugin;
    plugin.abi_major = 1;
    plugin.id = toAbi("some-registry2");
    plugin.version = toAbi("1.2.3");
    plugin.flags = LANDFALL_PLUGIN_SENDER_PUNISHES_REFUSALS;
    plugin.secret_keys = secret_keys.data();
    plugin.secret_key_count = secret_keys.size();
    plugin.options = options.data();
    plugin.option_count = options.size();
    plugin.headers = headers.data();
    plugin.header_count = headers.size();
    plugin.samples = samples.data();
    plugin.sample_count = samples.size();
    plugin.create = [](const landfall_host*, const landfall_receiver*, const landfall_out*,
                       landfall_adapter**) -> landfall_status { return neverCalled(nullptr, nullptr, nullptr); };
    plugin.destroy = [](landfall_adapter*) { neverCalled(nullptr, nullptr, nullptr); };
    plugin.authenticate = neverCalled;
    plugin.parse = neverCalled;
    plugin.sign = neverCalled;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

TEST(Describe, CopiesEverythingThatADescriptorSays) {
  const Descriptor descriptor;

  const auto result = Plugin::describe(&descriptor.plugin);

  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->id, "some-registry2");
  EXPECT_EQ(result->version, "1.2.3");
  EXPECT_EQ(result->abi, "1.0");
  EXPECT_FALSE(result->url_is_credential);
  EXPECT_TRUE(result->sender_punishes_refusals);
  EXPECT_THAT(result->secret_keys, ::testing::ElementsAre("username", "password"));
  ASSERT_EQ(result->options.size(), 2U);
  EXPECT_EQ(result->options[0].name, "event");
  EXPECT_TRUE(result->options[0].required);
  EXPECT_EQ(result->options[0].meaning, "The event.");
  EXPECT_EQ(result->options[1].type, OptionType::Integer);
  EXPECT_FALSE(result->options[1].required);
  ASSERT_EQ(result->headers.size(), 2U);
  EXPECT_TRUE(result->headers[0].credential);
  EXPECT_FALSE(result->headers[1].credential);
  ASSERT_EQ(result->samples.size(), 2U);
  EXPECT_EQ(result->samples[0].options, R"({"event": "push"})");
  EXPECT_EQ(result->samples[0].headers, (std::vector<model::Header>{{"X-Event", "push"}}));
  EXPECT_EQ(result->samples[0].body, "{}");
  EXPECT_EQ(result->samples[1].options, "{}");
  EXPECT_EQ(result->samples[1].parses_as, SampleOutcome::Ping);
}

TEST(Describe, TakesANewerMinorVersionWithALongerDescriptor) {
  Descriptor descriptor;
  descriptor.plugin.abi_minor = 7;
  descriptor.plugin.size += 64;

  const auto result = Plugin::describe(&descriptor.plugin);

  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->abi, "1.7");
}

TEST(Describe, TakesADescriptorWithoutOptionsAndHeaders) {
  Descriptor descriptor;
  descriptor.plugin.options = nullptr;
  descriptor.plugin.option_count = 0;
  descriptor.plugin.headers = nullptr;
  descriptor.plugin.header_count = 0;

  EXPECT_TRUE(Plugin::describe(&descriptor.plugin).ok());
}

TEST(Describe, RefusesNoDescriptor) { EXPECT_FALSE(Plugin::describe(nullptr).ok()); }

TEST(Describe, LooksAtTheMajorVersionBeforeAnythingElse) {
  Descriptor descriptor;
  descriptor.plugin.abi_major = 3;
  descriptor.plugin.size = 8;  // of a struct nobody here knows

  EXPECT_THAT(Plugin::describe(&descriptor.plugin).status().message(), HasSubstr("major version 3"));
}

struct Mistake {
  std::string name;
  std::function<void(Descriptor&)> make;
  std::string reason;
};

class DescribeMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(DescribeMistake, IsRefusedWithItsReason) {
  Descriptor descriptor;
  GetParam().make(descriptor);

  const auto result = Plugin::describe(&descriptor.plugin);

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), base::StatusCode::FailedPrecondition);
  EXPECT_THAT(result.status().message(), HasSubstr(GetParam().reason));
}

const std::string kLong(64, 'a');

INSTANTIATE_TEST_SUITE_P(
    Mistakes, DescribeMistake,
    ::testing::Values(
        Mistake{"NoSize", [](auto& d) { d.plugin.size = 0; }, "short of having a version"},
        Mistake{"OneByteShort", [](auto& d) { d.plugin.size -= 1; }, "version 1.0 has"},
        Mistake{"NoCreate", [](auto& d) { d.plugin.create = nullptr; }, "no function create"},
        Mistake{"NoDestroy", [](auto& d) { d.plugin.destroy = nullptr; }, "no function destroy"},
        Mistake{"NoAuthenticate", [](auto& d) { d.plugin.authenticate = nullptr; }, "no function authenticate"},
        Mistake{"NoSign", [](auto& d) { d.plugin.sign = nullptr; }, "no function sign"},
        Mistake{"EmptyId", [](auto& d) { d.plugin.id = {}; }, "its id is empty"},
        Mistake{"IdWithADigitFirst", [](auto& d) { d.plugin.id = toAbi("1a"); }, "[a-z][a-z0-9-]*"},
        Mistake{"IdWithASlash", [](auto& d) { d.plugin.id = toAbi("a/b"); }, "[a-z][a-z0-9-]*"},
        Mistake{"LongId", [](auto& d) { d.plugin.id = toAbi(kLong); }, "longer than 63 bytes"},
        Mistake{"IdWithoutText",
                [](auto& d) {
                  d.plugin.id = {nullptr, 5};
                },
                "a length but no text"},
        Mistake{"VersionWithAControlCharacter", [](auto& d) { d.plugin.version = toAbi("1\n2"); },
                "control characters"},
        Mistake{"VersionThatIsNoUtf8", [](auto& d) { d.plugin.version = toAbi("1\xff"); }, "no UTF-8"},
        Mistake{"NoSecretKey", [](auto& d) { d.plugin.secret_key_count = 0; }, "names no secret key"},
        Mistake{"SecretKeysWithoutTable", [](auto& d) { d.plugin.secret_keys = nullptr; }, "2 secret keys but has no"},
        Mistake{"SecretKeyTwice", [](auto& d) { d.secret_keys[1] = d.secret_keys[0]; }, "same secret key twice"},
        Mistake{"SecretKeyThatKubernetesRefuses", [](auto& d) { d.secret_keys[0] = toAbi("a b"); }, "letters, digits"},
        Mistake{"OptionsWithoutTable", [](auto& d) { d.plugin.options = nullptr; }, "2 options but has no table"},
        Mistake{"TooManyOptions", [](auto& d) { d.plugin.option_count = 1000; }, "it has 1000 options"},
        Mistake{"OptionWithoutName", [](auto& d) { d.options[0].name = {}; }, "the name of an option is empty"},
        Mistake{"OptionTwice", [](auto& d) { d.options[1].name = d.options[0].name; }, "same option twice"},
        Mistake{"OptionOfTheHost", [](auto& d) { d.options[0].name = toAbi("secretRef"); }, "the host reads itself"},
        Mistake{"OptionOfNoType", [](auto& d) { d.options[0].type = 9; }, "unknown type 9"},
        Mistake{"HeadersWithoutTable", [](auto& d) { d.plugin.headers = nullptr; }, "2 headers but has no table"},
        Mistake{"HeaderTwiceInOtherCase", [](auto& d) { d.headers[1].name = toAbi("authorization"); },
                "same header twice"},
        Mistake{"HeaderThatIsNone", [](auto& d) { d.headers[0].name = toAbi("X Event"); }, "no name of a header"},
        Mistake{"NoSample", [](auto& d) { d.plugin.sample_count = 0; }, "it has no sample"},
        Mistake{"SamplesWithoutTable", [](auto& d) { d.plugin.samples = nullptr; }, "2 samples but has no table"},
        Mistake{"SampleTwice", [](auto& d) { d.samples[1].name = d.samples[0].name; }, "same sample twice"},
        Mistake{"SampleOptionsThatAreNoJson", [](auto& d) { d.samples[0].options = toAbi("{"); }, "are not JSON"},
        Mistake{"SampleOptionsThatAreNoObject", [](auto& d) { d.samples[0].options = toAbi("[]"); }, "no JSON object"},
        Mistake{"SampleHeadersWithoutTable", [](auto& d) { d.samples[0].headers = nullptr; }, "but has no table"},
        Mistake{"SampleHeaderWithALineBreak", [](auto& d) { d.sample_headers[0].value = toAbi("a\r\nb"); },
                "control characters"},
        Mistake{"SampleBodyWithoutText", [](auto& d) { d.samples[0].body = {nullptr, 9}; }, "a length but no text"},
        Mistake{"SampleThatParsesAsOk", [](auto& d) { d.samples[0].parses_as = LANDFALL_OK; }, "nothing that parse"}),
    [](const auto& mistake) { return mistake.param.name; });

}  // namespace
}  // namespace landfall::adapters
