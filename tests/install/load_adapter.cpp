// SPDX-License-Identifier: Apache-2.0
//
// load_adapter FOLDER: loads the template's adapter from a plugin folder as the host does, and lets it read a webhook
// that it signed. Ends with 0 when all of that works.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "core/adapters/adapter.h"
#include "core/adapters/adapter_set.h"
#include "core/base/clock.h"
#include "core/base/log.h"

namespace {

using namespace landfall;

int failed(const std::string& why) {
  std::cerr << why << "\n";
  return 1;
}

int tryAdapter(const std::shared_ptr<const adapters::Plugin>& plugin) {
  const auto adapter = adapters::Adapter::create(plugin, {"{}", "", {{"a-secret-of-the-tests-0123"}}});
  if (!adapter.ok()) return failed(adapter.status().message());
  const std::string body = R"({"repository": "registry.example/shop/api", "tag": "2.0.0"})";
  const std::vector<model::Header> none;
  const auto signature = (*adapter)->sign({"POST", {}, none, body});
  if (!signature.ok()) return failed(signature.status().message());
  if ((*adapter)->authenticate({"POST", {}, *signature, body}) != adapters::Authentication::Authentic) {
    return failed("it does not take what it signed");
  }
  const auto parsed = (*adapter)->parse({"POST", {}, *signature, body});
  const bool right = parsed.status == adapters::ParseStatus::Pushed && parsed.artifacts.size() == 1 &&
                     parsed.artifacts.front().tag == "2.0.0";
  return right ? 0 : failed("it does not read the push: " + parsed.reason.value_or(""));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return failed("usage: load_adapter FOLDER");
  const base::SystemClock clock;
  base::Log log(clock);
  const auto set = adapters::AdapterSet::load({{std::filesystem::absolute(arguments[1])}, {}}, nullptr, log);
  const auto plugin = set->find("example");
  return plugin == nullptr ? failed("there is no plugin \"example\"") : tryAdapter(plugin);
}
