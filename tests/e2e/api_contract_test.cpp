// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/http/admin/admin_api.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/json_schema.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

/// One operation of the document.
struct Operation {
  std::string method;
  std::string path;
  Json parameters = Json::array();  ///< resolved, those of its path included
  Json body = Json::object();
  Json responses = Json::object();
  Json security = Json::array();

  std::string name() const { return method + " " + path; }
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return text;
}

std::string percentEncoded(const std::string& text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4];
      encoded += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::string textOf(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// A server with every kind of thing that the API shows, and the document that it serves.
class ApiContract : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.start();
    document_ = server_.api("openapi.json");
    for (const auto& [path, item] : document_.at("paths").items()) {
      for (const auto& [method, operation] : item.items()) {
        if (method != "parameters") operations_.push_back(read(path, method, item, operation));
      }
    }
  }

  Operation read(const std::string& path, const std::string& method, const Json& item, const Json& operation) const {
    Operation made{upper(method), path};
    for (const auto* from : {&item, &operation}) {
      for (const auto& parameter : from->value("parameters", Json::array())) {
        made.parameters.push_back(resolved(document_, parameter));
      }
    }
    made.body = operation.value("requestBody", Json::object());
    for (const auto& [status, response] : operation.at("responses").items()) {
      made.responses[status] = resolved(document_, response);
    }
    made.security = operation.value("security", document_.at("security"));
    return made;
  }

  /// Pushes to a Warehouse that is refreshed and to one whose target fails for now.
  void fill() {
    target_.answerWith(503);
    const auto pushed =
        server_.post(server_.pathOf("quay-prod"), R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})");
    event_ = Json::parse(pushed.body).at("event");
    delivery_ = server_.api("events/" + event_).at("deliveries").at(0).at("id");
    waitForBackoff();
    const auto accepted = server_.adminCall("POST", "/api/v1/deliveries/retry", {}, "{}");
    operation_ = Json::parse(accepted.body).at("id");
  }
  void waitForBackoff() {
    EXPECT_TRUE(waitUntil([&] {
      const Json delivery = server_.api("deliveries/" + delivery_);
      return delivery.at("state") != "running" && delivery.at("attempts") > 0;
    }));
  }

  std::string pathOf(const Operation& operation) const {
    std::string path = operation.path;
    for (const auto& parameter : operation.parameters) {
      if (parameter.at("in") != "path") continue;
      const std::string name = parameter.at("name");
      std::string value = parameter.value("example", "");
      if (name == "id") {
        value = path.find("/events/") != std::string::npos       ? event_
                : path.find("/operations/") != std::string::npos ? operation_
                                                                 : delivery_;
      }
      path.replace(path.find("{" + name + "}"), name.size() + 2, value);
    }
    return path;
  }

  /// The answer is one that the document describes: its status, its content type, its schema.
  void expectDescribed(const Operation& operation, const HttpAnswer& answer, const std::string& request) const {
    SCOPED_TRACE(request + " -> " + std::to_string(answer.status));
    const std::string status = std::to_string(answer.status);
    ASSERT_TRUE(operation.responses.contains(status)) << "not described: " << answer.body;
    const Json content = operation.responses[status].value("content", Json::object());
    const std::string type = answer.header("Content-Type");
    ASSERT_TRUE(content.contains(type)) << type << " is not described: " << answer.body;
    const Json schema = content[type].value("schema", Json());
    if (schema.is_null()) return;
    const Json body = Json::parse(answer.body, nullptr, false);
    ASSERT_FALSE(body.is_discarded()) << answer.body;
    EXPECT_EQ(JsonSchema(document_, schema).errors(body), std::vector<std::string>()) << answer.body;
  }

  HttpAnswer call(const Operation& operation, const std::string& query = "", const std::string& body = "") {
    const std::string target = pathOf(operation) + (query.empty() ? "" : "?" + query);
    auto answer = server_.adminCall(operation.method, target, {}, body);
    expectDescribed(operation, answer, operation.method + " " + target + " " + body);
    return answer;
  }

  /// A good answer of the stream goes on for ever; stream_test.cpp reads it.
  static bool ends(const Operation& operation) { return operation.path != "/api/v1/events/stream"; }

  RecordingTarget target_;
  ServerUnderTest server_{
      {.resources = projectManifest("shop", {{"quay", "quay-prod", "secret", "a-long-quay-secret-01", ""}}) +
                    warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"
                   "delivery: {minInterval: 0s, backoff: {base: 1h, cap: 1h}, breaker: {failures: 1000}}\n"}};
  Json document_;
  std::vector<Operation> operations_;
  std::string event_;
  std::string delivery_;
  std::string operation_;
};

TEST_F(ApiContract, EveryRouteIsDescribedAndEveryDescriptionIsARoute) {
  std::map<std::string, std::string> built;
  for (const auto& route : http::routeNames()) {
    const auto* const scope = route.scope == http::RouteScope::Open      ? "[]"
                              : route.scope == http::RouteScope::Operate ? R"([{"token":["operate"]}])"
                                                                         : R"([{"token":["read"]}])";
    built[std::string(route.method) + " " + std::string(route.path)] = scope;
  }
  std::map<std::string, std::string> described;
  for (const auto& operation : operations_) {
    described[operation.name()] = operation.security.dump();
  }

  EXPECT_EQ(built, described);
}

TEST_F(ApiContract, WhatTheDocumentAllowsIsAnsweredAsItDescribes) {
  fill();
  std::set<std::string> succeeded;

  for (const auto& operation : operations_) {
    if (!ends(operation)) continue;
    std::vector<std::string> bodies;
    const Json content = operation.body.value("content", Json::object()).value("application/json", Json::object());
    if (content.contains("example")) bodies.push_back(content["example"].dump());
    const Json examples = content.value("examples", Json::object());
    for (const auto& [name, example] : examples.items()) {
      bodies.push_back(example.at("value").dump());
    }
    if (bodies.empty()) bodies.emplace_back();
    for (const auto& body : bodies) {
      if (operation.path.find("/deliveries/{id}/") != std::string::npos) waitForBackoff();
      if (call(operation, "", body).status < 300) succeeded.insert(operation.name());
    }
  }

  for (const auto& operation : operations_) {
    // The only operation there is has ended.
    if (!ends(operation) || operation.path == "/api/v1/operations/{id}/cancel") continue;
    EXPECT_TRUE(succeeded.contains(operation.name())) << operation.name() << " was never answered as it should";
  }
}

TEST_F(ApiContract, EveryParameterIsTaken) {
  fill();
  for (const auto& operation : operations_) {
    if (!ends(operation)) continue;
    for (const auto& parameter : operation.parameters) {
      if (parameter.at("in") != "query" || !parameter.contains("example")) continue;
      const std::string query =
          parameter.at("name").get<std::string>() + "=" + percentEncoded(textOf(parameter.at("example")));
      EXPECT_EQ(call(operation, query).status, 200) << operation.name() << "?" << query;
    }
  }
}

TEST_F(ApiContract, AWrongParameterIsNamed) {
  for (const auto& operation : operations_) {
    if (operation.method != "GET") continue;
    for (const auto& parameter : operation.parameters) {
      if (parameter.at("in") != "query") continue;
      const Json& schema = resolved(document_, parameter.at("schema"));
      const std::string name = parameter.at("name");
      if (!schema.contains("enum") && !schema.contains("format") && schema.at("type") != "integer" &&
          name != "cursor") {
        continue;
      }
      const auto answer = call(operation, name + "=%21wrong");
      EXPECT_EQ(answer.status, 400) << operation.name() << " " << name;
      EXPECT_EQ(Json::parse(answer.body).value("parameter", ""), name) << answer.body;
    }
    if (operation.responses.contains("400")) {
      EXPECT_EQ(Json::parse(call(operation, "colour=red").body).value("parameter", ""), "colour") << operation.name();
    }
  }
}

TEST_F(ApiContract, AMethodThatIsNotDescribedIs405WithThoseThatAre) {
  fill();
  std::map<std::string, std::set<std::string>> methods;
  for (const auto& operation : operations_) {
    methods[operation.path].insert(operation.method);
  }
  // A literal part and a {part} of the same place share a path.
  methods["/api/v1/deliveries/retry"].insert("GET");

  for (const auto& [path, described] : methods) {
    for (const auto* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
      if (described.contains(method)) continue;
      Operation operation{method, path};
      for (const auto& one : operations_) {
        if (one.path == path) operation.parameters = one.parameters;
      }
      const auto answer = server_.adminCall(method, pathOf(operation));
      EXPECT_EQ(answer.status, 405) << method << " " << path;
      for (const auto& allowed : described) {
        EXPECT_NE(answer.header("Allow").find(allowed), std::string::npos) << method << " " << path;
      }
    }
  }
}

TEST_F(ApiContract, TheExamplesAreValid) {
  std::size_t examples = 0;
  const auto check = [&](const Json& content, const std::string& where) {
    for (const auto& [type, media] : content.items()) {
      if (!media.contains("schema")) continue;
      Json all = Json::array();
      if (media.contains("example")) all.push_back(media["example"]);
      const Json named = media.value("examples", Json::object());
      for (const auto& [name, example] : named.items()) {
        all.push_back(example.at("value"));
      }
      for (const auto& example : all) {
        ++examples;
        EXPECT_EQ(JsonSchema(document_, media["schema"]).errors(example), std::vector<std::string>()) << where;
      }
    }
  };
  for (const auto& operation : operations_) {
    check(operation.body.value("content", Json::object()), operation.name());
    for (const auto& [status, response] : operation.responses.items()) {
      check(response.value("content", Json::object()), operation.name() + " " + status);
    }
    for (const auto& parameter : operation.parameters) {
      if (!parameter.contains("example")) continue;
      ++examples;
      EXPECT_EQ(JsonSchema(document_, parameter.at("schema")).errors(parameter["example"]), std::vector<std::string>())
          << operation.name() << " " << parameter.at("name");
    }
  }
  EXPECT_GT(examples, 30u);
}

TEST_F(ApiContract, OperationsHaveNamesOfTheirOwn) {
  std::set<std::string> ids;
  for (const auto& [path, item] : document_.at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      EXPECT_TRUE(ids.insert(operation.at("operationId")).second) << operation.at("operationId");
      EXPECT_FALSE(operation.at("summary").get<std::string>().empty());
    }
  }
}

}  // namespace
}  // namespace landfall::testing
