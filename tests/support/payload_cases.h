// SPDX-License-Identifier: Apache-2.0
//
// Payloads as files, held against an adapter: tests/payloads/<registry>/<name>.json is a request's body, byte for byte,
// and <name>.expected.json what the adapter makes of it.
//
//   {"options": {…}, "host": "…", "headers": {"Name": "value"},          the receiver and the request; each optional
//    "parse": "pushed" | "nothing" | "ping" | "unrecognised" | "malformed",
//    "event": {"kind", "action", "actor", "senderDeliveryId", "occurredAt", "details"},
//    "artifacts": [{"repository", "tag", "digest", "mediaType", "action", "hostUnknown",
//    "chartRepository"}]}
//
// What is empty or absent stands in neither; an event that was never reported and an empty list of artifacts neither.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "landfall/adapter.hpp"
#include "landfall/testing.hpp"

namespace landfall::testing {

struct PayloadCase {
  std::string name;
  std::string body;
  nlohmann::json expected;
};

inline std::string readPayload(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path payloadFolder(const std::string& registry) {
  return std::filesystem::path(LANDFALL_SOURCE_DIR) / "tests" / "payloads" / registry;
}

/// Every payload of `registry`, by name. Throws when one has no .expected.json, or one of those is no JSON.
inline std::vector<PayloadCase> payloadCases(const std::string& registry) {
  std::vector<PayloadCase> cases;
  for (const auto& entry : std::filesystem::directory_iterator(payloadFolder(registry))) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(".json") || file.ends_with(".expected.json")) continue;
    const std::string name = entry.path().stem().string();
    const auto expected = entry.path().parent_path() / (name + ".expected.json");
    cases.push_back({name, readPayload(entry.path()), nlohmann::json::parse(readPayload(expected))});
  }
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

inline std::string_view parseWord(landfall_status status) {
  switch (status) {
    case LANDFALL_PUSHED:
      return "pushed";
    case LANDFALL_NOTHING:
      return "nothing";
    case LANDFALL_PING:
      return "ping";
    case LANDFALL_UNRECOGNISED:
      return "unrecognised";
    case LANDFALL_MALFORMED:
      return "malformed";
    default:
      return "failed";
  }
}

inline std::string_view actionWord(Action action) {
  switch (action) {
    case Action::Push:
      return "push";
    case Action::Delete:
      return "delete";
    case Action::Pull:
      return "pull";
    case Action::Scan:
      return "scan";
    case Action::Build:
      return "build";
    case Action::Mirror:
      return "mirror";
    case Action::Replication:
      return "replication";
    case Action::Retention:
      return "retention";
    case Action::Expiry:
      return "expiry";
    case Action::Quota:
      return "quota";
    case Action::Promote:
      return "promote";
    case Action::Ping:
      return "ping";
    case Action::Other:
      return "other";
  }
  return "unknown";
}

/// RFC 3339 with milliseconds in UTC.
inline std::string timeWord(std::chrono::sys_time<std::chrono::milliseconds> time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

/// What the adapter made of a request, in the form of an .expected.json. Details that are no JSON object stand there as
/// text, so that they equal nothing anybody expects.
inline nlohmann::json describe(const TestResult& result) {
  const auto put = [](nlohmann::json& object, const char* key, const std::string& text) {
    if (!text.empty()) object[key] = text;
  };
  nlohmann::json described = {{"parse", parseWord(result.status)}};
  if (result.event) {
    const Event& event = *result.event;
    nlohmann::json& object = described["event"] = {{"action", actionWord(event.action)}};
    put(object, "kind", event.kind);
    put(object, "actor", event.actor);
    put(object, "senderDeliveryId", event.sender_delivery_id);
    if (event.occurred_at) object["occurredAt"] = timeWord(*event.occurred_at);
    if (!event.details.empty()) {
      auto details = nlohmann::json::parse(event.details, nullptr, false);
      object["details"] = details.is_object() ? std::move(details) : nlohmann::json(event.details);
    }
  }
  for (const auto& artifact : result.artifacts) {
    nlohmann::json object = {{"repository", artifact.repository}, {"action", actionWord(artifact.action)}};
    put(object, "tag", artifact.tag);
    put(object, "digest", artifact.digest);
    put(object, "mediaType", artifact.media_type);
    if (artifact.host_unknown) object["hostUnknown"] = true;
    if (artifact.chart_repository) object["chartRepository"] = true;
    described["artifacts"].push_back(std::move(object));
  }
  return described;
}

/// Runs one payload through an adapter made from the expectation's options and host.
inline TestResult parsePayload(const landfall_plugin* plugin, const PayloadCase& payload) {
  TestReceiver receiver;
  receiver.options = payload.expected.value("options", nlohmann::json::object()).dump();
  receiver.host = payload.expected.value("host", "");
  receiver.secrets = {std::vector<std::string>(plugin->secret_key_count, "a-secret-of-the-tests-0123")};
  TestRequest request;
  request.body = payload.body;
  const auto headers = payload.expected.value("headers", nlohmann::json::object());
  for (const auto& [name, value] : headers.items()) {
    request.headers.emplace_back(name, value.get<std::string>());
  }
  return AdapterUnderTest(plugin, receiver).parse(request);
}

/// Expects of every payload of `registry` what its file says, and a reason for people with each one that is not
/// understood.
inline void expectPayloadCases(const std::string& registry, const landfall_plugin* plugin) {
  const auto cases = payloadCases(registry);
  EXPECT_FALSE(cases.empty()) << "no payloads in " << payloadFolder(registry);
  for (const auto& payload : cases) {
    SCOPED_TRACE(registry + "/" + payload.name);
    nlohmann::json expected = payload.expected;
    for (const char* input : {"options", "host", "headers"}) expected.erase(input);

    const TestResult result = parsePayload(plugin, payload);

    EXPECT_EQ(describe(result).dump(2), expected.dump(2)) << "reason: " << result.reason;
    if (result.status == LANDFALL_UNRECOGNISED || result.status == LANDFALL_MALFORMED) {
      EXPECT_FALSE(result.reason.empty());
    }
  }
}

/// `depth` lists, one inside the other.
inline std::string nestedLists(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

/// The JSON object `body` with one more member in front.
inline std::string withMember(const std::string& body, const std::string& key, const std::string& value) {
  return "{\"" + key + "\": " + value + "," + body.substr(body.find('{') + 1);
}

/// `body` with spaces behind it, up to the largest request that Landfall reads by default.
inline std::string paddedToTwoMebibytes(std::string body) {
  body.resize(2 * 1024 * 1024, ' ');
  return body;
}

/// Bodies that no adapter may crash over, take for a push or keep quiet about: what comes of each has a reason.
inline void expectHostileBodiesAreHarmless(const AdapterUnderTest& adapter, TestRequest request = {}) {
  const std::vector<std::pair<std::string, landfall_status>> bodies = {
      {"", LANDFALL_MALFORMED},
      {"   ", LANDFALL_MALFORMED},
      {"{", LANDFALL_MALFORMED},
      {"{} {}", LANDFALL_MALFORMED},
      {"{\"a\": \"\xff\"}", LANDFALL_MALFORMED},
      {"\xef\xbb\xbf{}", LANDFALL_MALFORMED},
      {std::string("\0", 1), LANDFALL_MALFORMED},
      {std::string(2 * 1024 * 1024, '['), LANDFALL_MALFORMED},
      {std::string(2 * 1024 * 1024, '{'), LANDFALL_MALFORMED},
      {"\"" + std::string(2 * 1024 * 1024, 'x'), LANDFALL_MALFORMED},
      {nestedLists(10'001), LANDFALL_MALFORMED},
      {nestedLists(10'000), LANDFALL_UNRECOGNISED},
      {"null", LANDFALL_UNRECOGNISED},
      {"[]", LANDFALL_UNRECOGNISED},
      {"\"x\"", LANDFALL_UNRECOGNISED},
      {"true", LANDFALL_UNRECOGNISED},
      {"7", LANDFALL_UNRECOGNISED},
      {"{}", LANDFALL_UNRECOGNISED},
  };
  for (const auto& [body, status] : bodies) {
    SCOPED_TRACE("body: " + body.substr(0, 40));
    request.body = body;

    const TestResult result = adapter.parse(request);

    EXPECT_EQ(parseWord(result.status), parseWord(status)) << result.reason;
    EXPECT_TRUE(result.artifacts.empty());
    EXPECT_FALSE(result.reason.empty());
    EXPECT_LT(result.reason.size(), 1000u) << "a reason quotes the body";
  }
}

}  // namespace landfall::testing
