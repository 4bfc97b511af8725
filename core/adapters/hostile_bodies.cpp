// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/hostile_bodies.h"

#include <array>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "landfall/json.hpp"

namespace landfall::adapters {
namespace {

constexpr std::size_t kLarge = std::size_t{2} << 20;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::optional<Json> objectIn(std::string_view sample) {
  try {
    Json json = parseJson(sample);
    if (json.is_object() && !json.empty()) return json;
  } catch (const std::exception&) {
    // A body in another format than JSON: only its bytes can be mangled.
  }
  return std::nullopt;
}

void addWrongTypes(std::vector<HostileBody>& bodies, const Json& object) {
  const std::array<std::pair<std::string_view, Json>, 6> others = {{{"null", nullptr},
                                                                    {"a number", 1},
                                                                    {"a boolean", true},
                                                                    {"a list", Json::array({1})},
                                                                    {"an object", Json({{"a", 1}})},
                                                                    {"a string", "x"}}};
  for (const auto& [type, other] : others) {
    Json all = object;
    for (auto& value : all) value = other;
    // Strings alone may be all that a push consists of, and where a list is expected a list may do.
    const bool may_fit = type == "a string" || type == "a list" || type == "an object";
    bodies.push_back({"every value is " + std::string(type), all.dump(),
                      may_fit ? Expectation::Survives : Expectation::RefreshesNothing});
    for (const auto& entry : object.items()) {
      Json one = object;
      one[entry.key()] = other;
      bodies.push_back({entry.key() + " is " + std::string(type), one.dump(), Expectation::Survives});
    }
  }
  for (const auto& entry : object.items()) {
    Json without = object;
    without.erase(entry.key());
    bodies.push_back({entry.key() + " is missing", without.dump(), Expectation::Survives});
  }
}

}  // namespace

std::vector<HostileBody> hostileBodies() {
  constexpr auto kNothing = Expectation::RefreshesNothing;
  return {{"empty", "", kNothing},
          {"a space", " ", kNothing},
          {"a zero byte", std::string(1, '\0'), kNothing},
          {"null", "null", kNothing},
          {"true", "true", kNothing},
          {"a number", "1", kNothing},
          {"a number out of range", "1e999", kNothing},
          {"a string", "\"push\"", kNothing},
          {"an empty list", "[]", kNothing},
          {"an empty object", "{}", kNothing},
          {"a list of nothing", "[null, 1, \"x\", [], {}]", kNothing},
          {"an object without an end", "{\"a\": 1", kNothing},
          {"a string without an end", "{\"a\": \"", kNothing},
          {"an escape without an end", "{\"a\": \"\\", kNothing},
          {"half a surrogate pair", "{\"a\": \"\\ud800\"}", kNothing},
          {"invalid UTF-8", "{\"a\": \"\xff\xfe\"}", kNothing},
          {"a byte order mark", "\xEF\xBB\xBF{}", kNothing},
          {"lists 10,001 deep", repeated("[", 10'001) + repeated("]", 10'001), kNothing},
          {"objects 10,001 deep", repeated("{\"a\":", 10'001) + "1" + repeated("}", 10'001), kNothing},
          {"2 MiB of opening brackets", repeated("[", kLarge), kNothing},
          {"2 MiB of one string", "{\"a\": \"" + repeated("x", kLarge) + "\"}", kNothing},
          {"2 MiB of spaces", repeated(" ", kLarge), kNothing},
          {"2 MiB of small objects", "[" + repeated("{},", kLarge / 3) + "{}]", kNothing}};
}

std::vector<HostileBody> hostileVariants(std::string_view sample) {
  std::vector<HostileBody> bodies;
  for (std::size_t part = 1; part < 8; ++part) {
    bodies.push_back({"cut to " + std::to_string(part) + "/8", std::string(sample.substr(0, sample.size() * part / 8)),
                      Expectation::Survives});
  }
  const auto object = objectIn(sample);
  if (!object) return bodies;
  for (auto& cut : bodies) cut.expectation = Expectation::RefreshesNothing;  // an object without its end is no JSON
  bodies.push_back({"behind a byte order mark", "\xEF\xBB\xBF" + std::string(sample), Expectation::RefreshesNothing});
  bodies.push_back({"with text behind it", std::string(sample) + "x", Expectation::RefreshesNothing});
  std::string mangled(sample);
  mangled.insert(mangled.find('"') + 1, "\xff");
  bodies.push_back({"with invalid UTF-8 in it", std::move(mangled), Expectation::RefreshesNothing});
  addWrongTypes(bodies, *object);
  return bodies;
}

}  // namespace landfall::adapters
