// SPDX-License-Identifier: Apache-2.0
#include "tests/abi/zoo.h"

#include <stdexcept>

namespace landfall::testing {

std::filesystem::path Zoo::animal(const std::string& name) {
  return std::filesystem::path(LANDFALL_BINARY_DIR) / "tests" / "zoo" / (name + ".so");
}

std::filesystem::path Zoo::add(const std::string& name, const std::string& as) const {
  return write((as.empty() ? name : as) + ".so", readFile(animal(name)));
}

std::filesystem::path Zoo::write(const std::string& file, std::string_view bytes) const {
  const auto beside = dir_.write("." + file, bytes);
  std::filesystem::permissions(beside, std::filesystem::perms(0644));
  std::filesystem::rename(beside, folder() / file);
  return folder() / file;
}

std::shared_ptr<const adapters::AdapterSet> Zoo::load(const adapters::AdapterSet* previous) {
  return adapters::AdapterSet::load(folders(), previous, log_);
}

std::shared_ptr<const adapters::Plugin> Zoo::plugin(const std::string& name) {
  auto plugin = adapters::Plugin::load(animal(name), log_);
  if (!plugin.ok()) throw std::runtime_error(plugin.status().message());
  return *plugin;
}

std::shared_ptr<const adapters::Adapter> Zoo::adapter(const std::string& name) {
  auto adapter = adapters::Adapter::create(plugin(name), configurationFor());
  if (!adapter.ok()) throw std::runtime_error(adapter.status().message());
  return *adapter;
}

std::string Zoo::logged() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

adapters::AdapterConfiguration configurationFor(const std::string& host) {
  return {"{}", host, {{"a-secret-of-the-tests-0123"}}};
}

std::string refusalOf(const adapters::AdapterSet& set, const std::filesystem::path& file) {
  for (const auto& refused : set.refused()) {
    if (refused.file == file) return refused.reason;
  }
  return {};
}

bool isMapped(std::string_view part) { return readFile("/proc/self/maps").find(part) != std::string::npos; }

}  // namespace landfall::testing
