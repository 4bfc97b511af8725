// SPDX-License-Identifier: Apache-2.0
#include "tests/support/json_schema.h"

#include <algorithm>
#include <regex>
#include <set>

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::set<std::string> kAnnotations{"description", "default", "example", "format"};

bool hasType(const Json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

bool hasFormat(const std::string& text, const std::string& format) {
  static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
  static const std::regex kUuid("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  if (format == "date-time") return std::regex_match(text, kTime);
  if (format == "uuid") return std::regex_match(text, kUuid);
  return false;  // not one of ours
}

class Validation {
 public:
  explicit Validation(const Json& document) : document_(document) {}

  std::vector<std::string> take() { return std::move(errors_); }

  void check(const Json& unresolved, const Json& value, const std::string& place) {
    const Json& schema = resolved(document_, unresolved);
    for (const auto& [keyword, argument] : schema.items()) apply(schema, keyword, argument, value, place);
    if (schema.contains("format") && value.is_string() && !hasFormat(value, schema["format"])) {
      fail(place, value.dump() + " is no " + schema["format"].get<std::string>());
    }
  }

 private:
  void fail(const std::string& place, const std::string& what) { errors_.push_back(place + ": " + what); }

  void apply(const Json& schema, const std::string& keyword, const Json& argument, const Json& value,
             const std::string& place) {
    if (keyword == "type") {
      checkType(argument, value, place);
    } else if (keyword == "enum") {
      if (std::find(argument.begin(), argument.end(), value) == argument.end()) {
        fail(place, value.dump() + " is none of " + argument.dump());
      }
    } else if (keyword == "required") {
      for (const auto& name : argument) {
        if (value.is_object() && !value.contains(name)) fail(place, "lacks " + name.get<std::string>());
      }
    } else if (keyword == "properties" || keyword == "additionalProperties") {
      if (keyword == "properties" || !schema.contains("properties")) checkMembers(schema, value, place);
    } else if (keyword == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i) {
        check(argument, value[i], place + "[" + std::to_string(i) + "]");
      }
    } else if (keyword == "oneOf") {
      checkOneOf(argument, value, place);
    } else if (keyword == "minimum") {
      if (value.is_number() && value < argument) fail(place, value.dump() + " is less than " + argument.dump());
    } else if (keyword == "maximum") {
      if (value.is_number() && value > argument) fail(place, value.dump() + " is more than " + argument.dump());
    } else if (!kAnnotations.contains(keyword)) {
      fail(place, "the schema uses " + keyword + ", which is not checked here");
    }
  }

  void checkType(const Json& types, const Json& value, const std::string& place) {
    const Json list = types.is_array() ? types : Json::array({types});
    const bool fits = std::any_of(list.begin(), list.end(), [&](const Json& type) { return hasType(value, type); });
    if (!fits) fail(place, value.dump() + " is not of type " + types.dump());
  }

  void checkMembers(const Json& schema, const Json& value, const std::string& place) {
    if (!value.is_object()) return;
    const Json properties = schema.value("properties", Json::object());
    const Json additional = schema.value("additionalProperties", Json(true));
    for (const auto& [name, member] : value.items()) {
      const std::string inside = place + "." + name;
      if (properties.contains(name)) {
        check(properties[name], member, inside);
      } else if (additional.is_object()) {
        check(additional, member, inside);
      } else if (!additional.get<bool>()) {
        fail(inside, "is not in the schema");
      }
    }
  }

  void checkOneOf(const Json& choices, const Json& value, const std::string& place) {
    std::size_t fits = 0;
    for (const auto& choice : choices) {
      Validation one(document_);
      one.check(choice, value, place);
      fits += one.errors_.empty() ? 1 : 0;
    }
    if (fits != 1) fail(place, value.dump() + " fits " + std::to_string(fits) + " choices, not one");
  }

  const Json& document_;
  std::vector<std::string> errors_;
};

}  // namespace

const Json& resolved(const Json& document, const Json& object) {
  const Json* found = &object;
  while (found->contains("$ref")) {
    const std::string reference = found->at("$ref");
    found = &document.at(Json::json_pointer(reference.substr(1)));
  }
  return *found;
}

std::vector<std::string> JsonSchema::errors(const Json& value) const {
  Validation validation(document_);
  validation.check(schema_, value, "$");
  return validation.take();
}

}  // namespace landfall::testing
