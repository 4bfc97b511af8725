// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/manifests.h"
#include "core/config/settings.h"
#include "tests/support/temp_dir.h"

namespace landfall::config {
namespace {

using Keys = std::set<std::string>;

/// Unlike every key, so that the reader names all it knows.
const std::string kUnknown(64, 'q');

/// The keys in the first column of the table behind this heading of docs/configuration.md.
Keys documented(const std::string& heading) {
  const std::string text = testing::readFile(LANDFALL_SOURCE_DIR "/docs/configuration.md");
  const auto begin = text.find("\n" + heading + "\n");
  EXPECT_NE(begin, std::string::npos) << heading;
  const std::string section = text.substr(begin, text.find("\n#", begin + 2 + heading.size()) - begin);
  static const std::regex kRow(R"(\n\| `([^`]+)` \|)");
  Keys keys;
  for (auto at = std::sregex_iterator(section.begin(), section.end(), kRow); at != std::sregex_iterator(); ++at) {
    EXPECT_TRUE(keys.insert((*at)[1]).second) << (*at)[1] << " stands there twice";
  }
  return keys;
}

/// The keys that a reader names when it meets an unknown one; none when what it met there is no mapping to it.
std::vector<std::string> knownAt(const Problems& problems) {
  for (const auto& problem : problems) {
    if (!problem.key.ends_with(kUnknown) || !problem.suggestion.starts_with("known: ")) continue;
    std::vector<std::string> keys;
    std::string_view list = std::string_view(problem.suggestion).substr(7);
    while (!list.empty()) {
      const auto end = std::min(list.find(", "), list.size());
      keys.emplace_back(list.substr(0, end));
      list.remove_prefix(std::min(end + 2, list.size()));
    }
    return keys;
  }
  return {};
}

/// Asks a reader key by key what it knows: `problemsOf` reads a document that holds this value at this path.
template <class ProblemsOf>
class Explorer {
 public:
  /// `named`: paths below which stand names of the user's.
  Explorer(ProblemsOf problemsOf, Keys named) : problems_of_(problemsOf), named_(std::move(named)) {}

  Keys explore() {
    descend("", "", "");
    return std::move(found_);
  }

 private:
  /// `before` and `after` are the flow mappings around the place.
  void descend(const std::string& path, const std::string& before, const std::string& after) {
    if (named_.contains(path)) {
      const std::string name = path.ends_with("headers") ? "X-Name" : "name";
      keysOf(path + ".<>", before + "{" + name + ": ", "}" + after);
      return;
    }
    keysOf(path, before, after);
  }

  void keysOf(const std::string& path, const std::string& before, const std::string& after) {
    auto keys = knownAt(problems_of_(before + "{" + kUnknown + ": 1}" + after));
    std::string here = path;
    std::string open = before;
    std::string close = after;
    if (keys.empty() && !path.empty()) {
      open += "[";
      close = "]" + close;
      here += "[]";
      keys = knownAt(problems_of_(open + "{" + kUnknown + ": 1}" + close));
    }
    // Text may stand where a mapping may: such a key counts by itself, too.
    if (keys.empty() || path.ends_with("headers.<>")) found_.insert(path);
    for (const auto& key : keys) {
      descend(here.empty() ? key : here + "." + key, open + "{" + key + ": ", "}" + close);
    }
  }

  ProblemsOf problems_of_;
  const Keys named_;
  Keys found_;
};

/// With the names of the documentation's placeholders, and without what they hold.
Keys withoutPlaceholders(const Keys& keys) {
  static const std::regex kPlaceholder("<[^>]*>");
  Keys cleaned;
  for (const auto& key : keys) cleaned.insert(std::regex_replace(key, kPlaceholder, "<>"));
  return cleaned;
}

Problems problemsOfManifest(const std::string& text) {
  Problems problems;
  Report report(problems);
  Manifests manifests;
  readManifests(text, "shop.yaml", manifests, report);
  return problems;
}

TEST(Documentation, NamesEveryKeyOfTheSettingsAndNoOther) {
  const auto problemsOf = [](const std::string& text) { return parseSettings(text, "landfall.yaml").problems; };

  const Keys known = Explorer(problemsOf, {"plugins.sha256", "refreshers.command.programs"}).explore();

  EXPECT_EQ(withoutPlaceholders(documented("## landfall.yaml")), known);
}

TEST(Documentation, NamesEveryKeyOfARefreshAndNoOther) {
  const auto problemsOf = [](const std::string& refresh) {
    return problemsOfManifest(
        "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\n"
        "spec: {subscriptions: [], refresh: " +
        refresh + "}\n");
  };

  const Keys known = Explorer(problemsOf, {"http.headers"}).explore();

  EXPECT_EQ(withoutPlaceholders(documented("### Warehouses")), known);
}

TEST(Documentation, NamesEveryKeyOfAReceiverAndNoOther) {
  const auto problemsOf = [](const std::string& receiver) {
    return problemsOfManifest(
        "apiVersion: kargo.akuity.io/v1alpha1\nkind: ProjectConfig\nmetadata: {name: shop, namespace: shop}\n"
        "spec: {webhookReceivers: [" +
        // A mapping would be an adapter's: at this level the unknown key is one beside it.
        (receiver == "{" + kUnknown + ": 1}" ? "{quay: {}, " + receiver.substr(1) : receiver) + "]}\n");
  };

  const Keys known = Explorer(problemsOf, {}).explore();

  EXPECT_EQ(documented("### Receivers"), known);
}

TEST(Documentation, NamesEverySourceOfASecretAndNoOther) {
  const auto problemsOf = [](const std::string& text) {
    return problemsOfManifest(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringDataFrom: " + text + "\n");
  };

  Keys known;
  for (const auto& key : knownAt(problemsOf("{name: {" + kUnknown + ": 1}}"))) known.insert("stringDataFrom.<>." + key);

  EXPECT_EQ(withoutPlaceholders(documented("### Secrets")), known);
}

/// The reference text: all keys with their defaults.
TEST(Documentation, TheReferenceSettingsAreTheDefaults) {
  const std::string file = LANDFALL_SOURCE_DIR "/config/examples/reference/landfall.yaml";

  const auto read = readSettings(file);

  EXPECT_TRUE(read.problems.empty()) << read.problems.front().text();
  EXPECT_EQ(read.settings, parseSettings("", file).settings);
}

TEST(Documentation, TheReferenceSettingsNameEverySectionAndEveryKeyThatHasADefault) {
  const std::string text = testing::readFile(LANDFALL_SOURCE_DIR "/config/examples/reference/landfall.yaml");
  for (const auto& key : documented("## landfall.yaml")) {
    const auto last = key.substr(key.find_last_of('.') + 1);
    if (last.starts_with('<')) continue;  // a name of the user's
    EXPECT_NE(text.find(last + ":"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace landfall::config
