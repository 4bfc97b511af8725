// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "core/http/admin/json_views.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

std::string listed(std::initializer_list<std::string_view> names) {
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list.empty() ? "none" : list;
}

std::optional<BadInput> unknownMember(const Json& object, const std::string& prefix,
                                      std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return BadInput{prefix + name, "unknown member " + prefix + name + "; known: " + listed(known)};
    }
  }
  return std::nullopt;
}

}  // namespace

Response pageFailureResponse(const base::Status& failure) {
  if (failure.code() == base::StatusCode::InvalidArgument) return problem(400, failure.message(), "cursor");
  return failureResponse(failure);
}

Response badInputResponse(const BadInput& bad) { return problem(400, bad.message, bad.parameter); }

RequestObject readObject(const Request& request, std::initializer_list<std::string_view> known) {
  if (request.body.empty()) return {Json::object(), std::nullopt};
  Json object = Json::parse(request.body, nullptr, false);
  if (object.is_discarded()) return {Json::object(), BadInput{"", "the body is not JSON"}};
  if (!object.is_object()) return {Json::object(), BadInput{"", "the body is not a JSON object"}};
  auto bad = unknownMember(object, "", known);
  return {std::move(object), std::move(bad)};
}

Query readFields(const Json& object, const std::string& prefix, std::initializer_list<std::string_view> known) {
  Query::Values values;
  if (!object.is_object()) {
    const auto name = prefix.substr(0, prefix.find('.'));
    return Query::of({}, prefix, BadInput{name, name + " is not a JSON object"});
  }
  auto bad = unknownMember(object, prefix, known);
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    if (value.is_string()) {
      values.emplace(name, value.get<std::string>());
    } else if (!bad) {
      bad = BadInput{prefix + name, prefix + name + " is not a string"};
    }
  }
  return Query::of(std::move(values), prefix, std::move(bad));
}

}  // namespace landfall::http
