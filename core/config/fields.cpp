// SPDX-License-Identifier: Apache-2.0
#include "core/config/fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/nearest_name.h"
#include "core/config/quantity.h"

namespace landfall::config {
namespace {

constexpr std::string_view kDurationForms = "500ms, 2s, 5m, 24h or 30d";
constexpr std::string_view kSizeForms = "a number of bytes, 64KiB, 2MiB or 1GiB";

/// Numbers read from a scalar with or without a unit: what is text to YAML may be a plain number here.
const std::string* scalarText(const YamlNode& node) {
  return node.kind == YamlNode::Kind::Scalar ? &node.text : nullptr;
}

}  // namespace

void reportWrongType(Report& report, const Located& value, std::string_view expected, std::string suggestion) {
  report.error(value.place, fmt::format("expected {}, found {}", expected, describe(*value.node)),
               std::move(suggestion));
}

std::optional<std::string> readText(const Located& value, Report& report) {
  if (value.node->kind != YamlNode::Kind::Scalar) {
    reportWrongType(report, value, "text");
    return std::nullopt;
  }
  if (scalarType(*value.node) != ScalarType::Text) {
    reportWrongType(report, value, "text", "put it in quotes");
    return std::nullopt;
  }
  return value.node->text;
}

Fields::Fields(const Located& value, Report& report) : place_(value.place), report_(&report) {
  if (value.node->kind == YamlNode::Kind::Mapping) {
    node_ = value.node;
    asked_.reserve(node_->entries.size() + 4);  // of those that may stand there most are asked for
  } else {
    reportWrongType(report, value, "a mapping");
  }
}

Place Fields::childPlace(std::string_view name, std::size_t line) const {
  return place_.at(line, place_.key.empty() ? std::string(name) : fmt::format("{}.{}", place_.key, name));
}

Place Fields::placeOf(std::string_view name) const {
  const YamlEntry* entry = node_ == nullptr ? nullptr : node_->find(name);
  return childPlace(name, entry == nullptr ? place_.line : entry->line);
}

std::optional<Located> Fields::value(std::string_view name) {
  if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) asked_.emplace_back(name);
  const YamlEntry* entry = node_ == nullptr ? nullptr : node_->find(name);
  if (entry == nullptr) return std::nullopt;
  return Located{entry->value.get(), childPlace(name, entry->line)};
}

std::optional<Fields> Fields::mapping(std::string_view name) {
  const auto found = value(name);
  if (!found) return std::nullopt;
  return Fields(*found, *report_);
}

std::vector<Located> Fields::list(std::string_view name) {
  std::vector<Located> elements;
  const auto found = value(name);
  if (!found) return elements;
  if (found->node->kind != YamlNode::Kind::Sequence) {
    reportWrongType(*report_, *found, "a list");
    return elements;
  }
  for (std::size_t i = 0; i < found->node->items.size(); ++i) {
    const YamlNode& item = *found->node->items[i];
    elements.push_back({&item, place_.at(item.line, fmt::format("{}[{}]", found->place.key, i))});
  }
  return elements;
}

bool Fields::text(std::string_view name, std::string& target) {
  const auto found = value(name);
  auto text = found ? readText(*found, *report_) : std::nullopt;
  if (!text) return false;
  target = *std::move(text);
  return true;
}

bool Fields::requiredText(std::string_view name, std::string& target, std::string_view example) {
  if (value(name)) return nonEmptyText(name, target, example);
  if (node_ != nullptr) report_->error(placeOf(name), "missing", std::string(example));
  return false;
}

bool Fields::nonEmptyText(std::string_view name, std::string& target, std::string_view example) {
  const auto found = value(name);
  auto text = found ? readText(*found, *report_) : std::nullopt;
  if (!text) return false;
  if (text->empty()) {
    report_->error(found->place, "empty", std::string(example));
    return false;
  }
  target = *std::move(text);
  return true;
}

bool Fields::texts(std::string_view name, std::vector<std::string>& target) {
  std::vector<std::string> texts;
  bool good = true;
  for (const auto& element : list(name)) {
    if (auto text = readText(element, *report_)) {
      texts.push_back(*std::move(text));
    } else {
      good = false;
    }
  }
  const YamlEntry* entry = node_ == nullptr ? nullptr : node_->find(name);
  if (!good || entry == nullptr || entry->value->kind != YamlNode::Kind::Sequence) return false;
  target = std::move(texts);
  return true;
}

bool Fields::boolean(std::string_view name, bool& target) {
  const auto found = value(name);
  if (!found) return false;
  const auto boolean = booleanValue(*found->node);
  if (!boolean) {
    reportWrongType(*report_, *found, "a boolean", "true or false");
    return false;
  }
  target = *boolean;
  return true;
}

bool Fields::integer(std::string_view name, std::uint64_t& target, std::uint64_t least, std::uint64_t most) {
  const auto found = value(name);
  if (!found) return false;
  const auto integer = integerValue(*found->node);
  if (!integer && (found->node->kind != YamlNode::Kind::Scalar || scalarType(*found->node) != ScalarType::Integer)) {
    reportWrongType(*report_, *found, "a whole number", fmt::format("{} to {}", least, most));
    return false;
  }
  if (!integer || *integer < 0 || static_cast<std::uint64_t>(*integer) < least ||
      static_cast<std::uint64_t>(*integer) > most) {
    report_->error(found->place, "out of range", fmt::format("{} to {}", least, most));
    return false;
  }
  target = static_cast<std::uint64_t>(*integer);
  return true;
}

bool Fields::duration(std::string_view name, std::chrono::milliseconds& target, std::chrono::milliseconds least,
                      std::chrono::milliseconds most) {
  const auto found = value(name);
  if (!found) return false;
  const std::string* text = scalarText(*found->node);
  const auto duration = text == nullptr ? std::nullopt : parseDuration(*text);
  if (!duration) {
    reportWrongType(*report_, *found, "a duration", std::string(kDurationForms));
    return false;
  }
  if (*duration < least || *duration > most) {
    report_->error(found->place, "out of range", fmt::format("{} to {}", durationText(least), durationText(most)));
    return false;
  }
  target = *duration;
  return true;
}

bool Fields::bytes(std::string_view name, std::uint64_t& target, std::uint64_t least, std::uint64_t most) {
  const auto found = value(name);
  if (!found) return false;
  const std::string* text = scalarText(*found->node);
  const auto bytes = text == nullptr ? std::nullopt : parseBytes(*text);
  if (!bytes) {
    reportWrongType(*report_, *found, "a size", std::string(kSizeForms));
    return false;
  }
  if (*bytes < least || *bytes > most) {
    report_->error(found->place, "out of range", fmt::format("{} to {} bytes", least, most));
    return false;
  }
  target = *bytes;
  return true;
}

std::vector<std::pair<std::string, Located>> Fields::unread() const {
  std::vector<std::pair<std::string, Located>> unread;
  if (node_ == nullptr) return unread;
  for (const auto& entry : node_->entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) continue;
    unread.emplace_back(entry.key, Located{entry.value.get(), childPlace(entry.key, entry.line)});
  }
  return unread;
}

void Fields::reportUnread(Severity severity) {
  if (severity == Severity::Warning && place_.checkedByCluster()) return;
  for (const auto& [key, value] : unread()) {
    std::string suggestion = suggestName(key, asked_);
    if (severity == Severity::Error) {
      report_->error(value.place, "unknown key", std::move(suggestion));
    } else {
      report_->warning(value.place, "unknown key, ignored", std::move(suggestion));
    }
  }
}

}  // namespace landfall::config
