// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/report.h"
#include "core/config/yaml_document.h"

namespace landfall::config {

/// A value in a file, with its place.
struct Located {
  const YamlNode* node = nullptr;  ///< lives as long as the document
  Place place;
};

/// Reads a mapping key by key. What is of the wrong type or out of range is reported and leaves the target as it was;
/// so does what is not there. Every reader says whether the target was set. What was never asked for is unknown.
class Fields {
 public:
  /// `value` has to be a mapping: anything else is reported, and then it has no keys. The node must outlive the object.
  Fields(const Located& value, Report& report);

  /// False when the value was no mapping, which was reported.
  bool valid() const { return node_ != nullptr; }
  const Place& place() const { return place_; }
  /// Of a key that is there; else of the mapping itself, with the key it should have.
  Place placeOf(std::string_view name) const;

  /// Nothing when it is not there or null.
  std::optional<Located> value(std::string_view name);
  std::optional<Fields> mapping(std::string_view name);
  /// The elements; empty when it is not there.
  std::vector<Located> list(std::string_view name);

  bool text(std::string_view name, std::string& target);
  /// Reports also when it is missing or empty. `example` says what would be right.
  bool requiredText(std::string_view name, std::string& target, std::string_view example);
  /// Reports only when it is there and empty.
  bool nonEmptyText(std::string_view name, std::string& target, std::string_view example);
  bool texts(std::string_view name, std::vector<std::string>& target);
  bool boolean(std::string_view name, bool& target);
  bool integer(std::string_view name, std::uint64_t& target, std::uint64_t least, std::uint64_t most);
  bool duration(std::string_view name, std::chrono::milliseconds& target, std::chrono::milliseconds least,
                std::chrono::milliseconds most);
  bool bytes(std::string_view name, std::uint64_t& target, std::uint64_t least, std::uint64_t most);

  /// The keys that nobody asked for, with their values (null ones too).
  std::vector<std::pair<std::string, Located>> unread() const;
  /// Reports those, with the nearest of the ones that were asked for. No warnings about the fields of a cluster's
  /// objects: its own are among them, and it knows newer ones than this version does.
  void reportUnread(Severity severity);

  Report& report() { return *report_; }

 private:
  Place childPlace(std::string_view name, std::size_t line) const;

  const YamlNode* node_ = nullptr;  ///< null when it was no mapping
  Place place_;
  Report* report_;
  std::vector<std::string> asked_;
};

/// Reports that `value` is not what was expected ("a list of texts"), naming what it is.
void reportWrongType(Report& report, const Located& value, std::string_view expected, std::string suggestion = {});

/// The text of a scalar; reports anything else, numbers without quotes included: as Kubernetes does, and because 1.10
/// is the number 1.1.
std::optional<std::string> readText(const Located& value, Report& report);

}  // namespace landfall::config
