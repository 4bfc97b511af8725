// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;
using Names = std::set<std::string>;

struct Case {
  std::string name;
  Json request;
  Json expected;
};

/// Cases with the same manifests, base URL and system namespace: one server answers them all.
struct Group {
  std::string manifests;
  std::string base_url;
  std::string system_namespace;
  std::vector<Case> cases;
};

std::vector<Group> readGroups() {
  const std::filesystem::path folder = std::filesystem::path(LANDFALL_SOURCE_DIR) / "tests/kargo-cases";
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<Group> groups;
  std::map<std::string, std::size_t> known;
  for (const auto& path : folders) {
    Case one{path.filename().string(), Json::parse(readFile(path / "request.json")),
             Json::parse(readFile(path / "expected.json"))};
    const std::string manifests = readFile(path / "manifests.yaml");
    const std::string base_url = one.request.value("baseURL", "http://127.0.0.1:8080");
    const std::string system_namespace = one.request.value("systemResourcesNamespace", "kargo-system-resources");
    const auto [at, fresh] = known.emplace(manifests + '\0' + base_url + '\0' + system_namespace, groups.size());
    if (fresh) groups.push_back({manifests, base_url, system_namespace, {}});
    groups[at->second].cases.push_back(std::move(one));
  }
  return groups;
}

/// The manifests with what Landfall needs beside Kargo's own: a refresh per Warehouse, and leave for the short secrets.
/// As text, because a YAML writer would drop the quotes that make a constraint a string.
std::string withRefreshes(const std::string& manifests, const std::string& url) {
  std::istringstream in(manifests);
  std::string text;
  std::string kind;
  for (std::string line; std::getline(in, line);) {
    if (line == "---") kind.clear();
    if (line.starts_with("kind: ")) kind = line.substr(6);
    text += line + "\n";
    if (kind == "Warehouse" && line == "spec:") text += "  refresh: {http: {url: \"" + url + "\"}}\n";
    if ((kind == "ProjectConfig" || kind == "ClusterConfig") && line.starts_with("  - name: ")) {
      text += "    allowWeakSecret: true\n";
    }
  }
  return text;
}

std::string bodyOf(const Json& request) {
  std::string body = request.value("body", "");
  if (const std::string encoded = request.value("bodyBase64", ""); !encoded.empty()) {
    body = base::fromBase64(encoded).value();
  }
  if (const std::size_t size = request.value("bodyPadTo", std::size_t{0}); body.size() < size) body.resize(size, ' ');
  return body;
}

std::string targetOf(const Json& request, const std::string& path) {
  std::string target = request.value("path", "{path}");
  if (const auto at = target.find("{path}"); at != std::string::npos) target.replace(at, 6, path);
  if (const std::string query = request.value("query", ""); !query.empty()) target += "?" + query;
  return target;
}

Headers headersOf(const Json& request) {
  Headers headers;
  for (const auto& [name, value] : request.at("headers").items()) {
    if (value.is_array()) {
      for (const auto& one : value) headers.emplace_back(name, one.get<std::string>());
    } else {
      headers.emplace_back(name, value.get<std::string>());
    }
  }
  return headers;
}

/// Why a case's manifests are a configuration error here; empty when they are none.
std::string configurationErrorOf(const Case& one) {
  static const std::map<std::string, std::string> kReasons{
      {"241-quay-baseurl-no-scheme", "a base URL needs a scheme"},
      {"261-quay-same-path-in-two-projects", "one path for two receivers"},
      {"263-quay-and-dockerhub-in-one-entry", "two adapters in one receiver"},
      {"297-quay-sub-bad-allow-regex-other-repo", "a broken selector, wherever it is"},
      {"289-quay-sub-ignore-tags", "retired ignoreTags"},
      {"291-quay-sub-allow-tags-lexical", "retired allowTags"},
      {"287-quay-sub-allow-tags-no-tags", "retired allowTags"},
      {"295-quay-sub-bad-allow-regex", "a broken selector"},
      {"299-quay-sub-lookahead-regex", "a broken selector"},
      {"523-quay-chart-sub-upper-repo", "a broken selector"},
      {"867-cluster-bad-selector-in-one-project", "a broken selector"},
  };
  if (const auto found = kReasons.find(one.name); found != kReasons.end()) return found->second;
  if (one.expected.contains("admissionErrors")) return "Kargo's admission refuses a Warehouse";
  if (one.expected.contains("receiverErrors")) return "a Secret or its key is missing";
  return "";
}

/// What is refreshed here where it is intended to differ from Kargo.
const std::map<std::string, Names>& intendedRefreshes() {
  static const std::map<std::string, Names> kRefreshes{
      // The tags of a map are its keys.
      {"171-quay-body-tags-object", {"orchard/any-semver", "orchard/any-tag", "orchard/one-x"}},
      // Keys are matched exactly; what is not UTF-8 is not JSON.
      {"183-quay-body-key-case-kelvin", {}},
      {"185-quay-body-dup-key-case-mix", {"orchard/any-semver", "orchard/any-tag", "orchard/one-x"}},
      {"199-quay-body-invalid-utf8", {}},
      // Each resource stands by itself.
      {"453-harbor-res-two-repos", {"orchard/any", "orchard/apple", "orchard/chart", "orchard/nb", "orchard/one"}},
      {"455-harbor-res-second-repo-first",
       {"orchard/any", "orchard/apple", "orchard/chart", "orchard/nb", "orchard/one"}},
      // The digest stands in the tag's place.
      {"457-harbor-res-no-tag", {"orchard/nb"}},
  };
  return kRefreshes;
}

bool isJson(const std::string& body) { return Json::accept(body) && !body.starts_with("\xEF\xBB\xBF"); }

/// Landfall's statuses for what Kargo answered, as the table of status codes has them.
std::set<int> statusesFor(const Case& one, const std::string& body) {
  const int kargo = one.expected.at("status");
  if (one.request.at("method") != "POST" && kargo != 404) return {405};
  if (one.name == "251-quay-size-over-on-unknown-path") return {404, 413};  // too long is seen first
  switch (kargo) {
    case 307:
      return {404};
    case 400: {
      const bool quay = one.expected.at("path").get<std::string>().starts_with("/quay/");
      return {isJson(body) || quay ? 200 : 400};
    }
    case 500:
      return {one.request.value("chunked", false) ? 413 : 404};
    case 200:
      return {!isJson(body) && one.name.find("-harbor-") != std::string::npos ? 400 : 200};
    default:
      return {kargo};
  }
}

const std::vector<Group>& groups() {
  static const std::vector<Group> all = readGroups();
  return all;
}

class KargoCases : public ::testing::TestWithParam<std::size_t> {};

void expectSame(const ServerUnderTest& server, const Case& one) {
  SCOPED_TRACE(one.name);
  const std::string path = one.expected.at("path");
  const std::string body = bodyOf(one.request);
  const std::string method = one.request.at("method");
  const auto answer = callHttp(server.webhookPort(), method, targetOf(one.request, path), headersOf(one.request), body,
                               one.request.value("chunked", false));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(statusesFor(one, body).contains(answer->status)) << answer->status << " " << answer->body;
  if (method != "POST") return;  // the method alone is refused: nothing to compare

  Names refreshed;
  if (const std::string id = answer->header("Landfall-Event"); !id.empty()) {
    const Json event = server.api("events/" + id);
    for (const auto& delivery : event.at("deliveries")) {
      refreshed.insert(delivery.at("project").get<std::string>() + "/" + delivery.at("warehouse").get<std::string>());
    }
  }
  const auto intended = intendedRefreshes().find(one.name);
  EXPECT_EQ(refreshed,
            intended != intendedRefreshes().end() ? intended->second : one.expected.at("refreshed").get<Names>());
}

TEST_P(KargoCases, RefreshTheSameWarehouses) {
  const Group& group = groups()[GetParam()];
  RecordingTarget target;
  ServerUnderTest server({.resources = withRefreshes(group.manifests, target.url()),
                          .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n",
                          .plugins = builtPlugins(),
                          .base_url = group.base_url});
  std::string settings = readFile(server.settingsFile());
  const std::string folders = "resources: {folders: [resources]}";
  settings.replace(settings.find(folders), folders.size(),
                   "resources: {folders: [resources], systemNamespace: \"" + group.system_namespace + "\"}");
  std::ofstream(server.settingsFile(), std::ios::trunc) << settings;

  if (const std::string reason = configurationErrorOf(group.cases.front()); !reason.empty()) {
    const Finished check = runLandfall({"check", "--config", server.settingsFile().string()});
    EXPECT_EQ(check.exit_code, 78) << group.cases.front().name << ": " << reason;
    EXPECT_NE(check.err.find("error: "), std::string::npos);
    return;
  }
  server.start();
  const Finished listed = runLandfall({"receivers", "--config", server.settingsFile().string(), "--json"});
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const Json receivers = Json::parse(listed.out);
  for (const auto& one : group.cases) {
    for (const auto& receiver : receivers) {
      const std::string project = receiver.at("project").is_null() ? "" : receiver.at("project").get<std::string>();
      if (project == one.request.value("namespace", "") && receiver.at("name") == one.request.value("receiver", "")) {
        EXPECT_EQ(receiver.at("path"), one.expected.at("path")) << one.name;
      }
    }
    expectSame(server, one);
  }
  EXPECT_EQ(server.stop(), 0);
}

std::string nameOf(const ::testing::TestParamInfo<std::size_t>& param) {
  std::string name = groups()[param.param].cases.front().name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Groups, KargoCases, ::testing::Range(std::size_t{0}, groups().size()), nameOf);

}  // namespace
}  // namespace landfall::testing
