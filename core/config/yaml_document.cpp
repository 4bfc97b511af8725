// SPDX-License-Identifier: Apache-2.0
#include "core/config/yaml_document.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "core/config/yaml_text.h"

namespace landfall::config {
namespace {

constexpr std::size_t kMaxLevels = 64;
constexpr std::size_t kMaxNodes = 1'000'000;
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

/// Thrown by the handler through yaml-cpp's parser, which is how its reading is stopped; caught in readYaml.
struct Refusal {
  YamlFailure failure;
};

[[noreturn]] void refuse(std::size_t line, std::string message, std::string suggestion) {
  throw Refusal{{line, std::move(message), std::move(suggestion)}};
}

std::size_t lineOf(const YAML::Mark& mark) { return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1; }

/// Builds the nodes of one document after the other out of the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {
    document_ = {};
    anchors_.clear();
    open_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = std::make_shared<YamlNode>();
    node->line = lineOf(mark);
    place(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (anchor == 0 && !open_.empty() && awaitsKey(open_.back())) {
      takeKey(open_.back(), value, isPlain(tag, lineOf(mark)), lineOf(mark));
      return;
    }
    auto node = std::make_shared<YamlNode>();
    node->kind = YamlNode::Kind::Scalar;
    node->line = lineOf(mark);
    node->text = value;
    node->plain = isPlain(tag, node->line);
    place(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      refuse(lineOf(mark), "an alias stands inside of what it stands for", "write the value out");
    }
    add(found->second, lineOf(mark), found->second->nodes);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(YamlNode::Kind::Sequence, mark, tag, "seq", anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(YamlNode::Kind::Mapping, mark, tag, "map", anchor);
  }
  void OnMapEnd() override {
    dropDuplicates(*open_.back().node);
    end();
  }

  YamlDocument take() { return std::exchange(document_, {}); }

 private:
  struct Open {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = 0;
    std::optional<std::pair<std::string, std::size_t>> key;  ///< of a mapping: read, its value is still to come
  };

  static bool isPlain(const std::string& tag, std::size_t line) {
    if (tag == "?" || tag.empty()) return true;
    if (tag == "!" || tag == std::string(kTagPrefix) + "str") return false;
    for (const auto* known : {"bool", "int", "float", "null"}) {
      if (tag == std::string(kTagPrefix) + known) return true;
    }
    refuse(line, "an unknown tag", "leave the tag away");
  }

  void start(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, std::string_view own_tag,
             YAML::anchor_t anchor) {
    const std::size_t line = lineOf(mark);
    if (!tag.empty() && tag != "?" && tag != "!" && tag != std::string(kTagPrefix).append(own_tag)) {
      refuse(line, "an unknown tag", "leave the tag away");
    }
    if (open_.size() >= kMaxLevels) refuse(line, "nested too deeply", "at most 64 levels");
    if (!open_.empty()) refuseAsKey(open_.back(), line);
    Open& open = open_.emplace_back();
    open.node = std::make_shared<YamlNode>();
    open.node->kind = kind;
    open.node->line = line;
    open.node->levels = 1;
    open.anchor = anchor;
  }

  void end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    place(std::move(closed.node), closed.anchor);
  }

  void place(std::shared_ptr<const YamlNode> node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    const std::size_t line = node->line;
    add(std::move(node), line, 1);
  }

  /// Puts a finished value (or key) where the document has it. `cost`: what it adds to the file's number of values;
  /// what stands below it is paid for already, unless it is an alias.
  void add(std::shared_ptr<const YamlNode> node, std::size_t line, std::size_t cost) {
    if (open_.empty()) {
      spend(cost, line);
      document_.root = std::move(node);
      return;
    }
    Open& open = open_.back();
    if (awaitsKey(open)) {
      if (node->kind != YamlNode::Kind::Scalar) refuse(line, "a key that is no text", "keys are text");
      takeKey(open, node->text, node->plain, line);
      return;
    }
    spend(cost, line);
    open.node->nodes += node->nodes;
    open.node->levels = std::max(open.node->levels, node->levels + 1);
    if (open_.size() + node->levels > kMaxLevels) refuse(line, "nested too deeply", "at most 64 levels");
    if (open.key) {
      open.node->entries.push_back({std::move(open.key->first), open.key->second, std::move(node)});
      open.key.reset();
    } else {
      open.node->items.push_back(std::move(node));
    }
  }

  static bool awaitsKey(const Open& open) { return open.node->kind == YamlNode::Kind::Mapping && !open.key; }

  static void takeKey(Open& open, const std::string& text, bool plain, std::size_t line) {
    if (plain && text == "<<") refuse(line, "merge keys (<<) are not supported", "write the keys out");
    open.key.emplace(text, line);
  }

  static void refuseAsKey(const Open& open, std::size_t line) {
    if (awaitsKey(open)) {
      refuse(line, "a list or mapping in the place of a key, or a bracket that is never closed", "keys are text");
    }
  }

  void spend(std::size_t nodes, std::size_t line) {
    spent_ += nodes;
    if (spent_ > kMaxNodes) {
      refuse(line, "more than 1000000 values once its aliases are expanded",
             "divide it among several files, or write less by alias");
    }
  }

  /// Nearly every mapping, at the cost of a few comparisons.
  static bool hasFewDifferentKeys(const YamlNode& mapping) {
    constexpr std::size_t kFew = 16;
    const auto& entries = mapping.entries;
    if (entries.size() > kFew) return false;
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t before = 0; before < i; ++before) {
        if (entries[i].key == entries[before].key) return false;
      }
    }
    return true;
  }

  void dropDuplicates(YamlNode& mapping) {
    if (hasFewDifferentKeys(mapping)) return;
    std::unordered_map<std::string_view, std::size_t> last;
    bool doubled = false;
    for (std::size_t i = 0; i < mapping.entries.size(); ++i) {
      const auto [known, fresh] = last.try_emplace(mapping.entries[i].key, i);
      if (fresh) continue;
      document_.duplicates.push_back(
          {mapping.entries[i].key, mapping.entries[i].line, mapping.entries[known->second].line});
      known->second = i;
      doubled = true;
    }
    if (!doubled) return;
    std::vector<YamlEntry> kept;
    for (std::size_t i = 0; i < mapping.entries.size(); ++i) {
      if (last.at(mapping.entries[i].key) == i) kept.push_back(mapping.entries[i]);
    }
    mapping.entries = std::move(kept);
  }

  YamlDocument document_;
  std::unordered_map<YAML::anchor_t, std::shared_ptr<const YamlNode>> anchors_;
  std::vector<Open> open_;
  std::size_t spent_ = 0;
};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view withoutSign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

bool looksLikeInteger(std::string_view text) {
  text = withoutSign(text);
  if (text.starts_with("0x") || text.starts_with("0o") || text.starts_with("0b")) {
    return text.size() > 2 && std::all_of(text.begin() + 2, text.end(), [](unsigned char c) { return isxdigit(c); });
  }
  return !text.empty() && isDigit(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return isDigit(c) || c == '_'; });
}

bool looksLikeFloat(std::string_view text) {
  text = withoutSign(text);
  for (const auto* special : {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"}) {
    if (text == special) return true;
  }
  const auto digits = [&text] {
    std::size_t count = 0;
    while (count < text.size() && isDigit(text[count])) ++count;
    text.remove_prefix(count);
    return count;
  };
  std::size_t mantissa = digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    mantissa += digits();
  }
  if (mantissa == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text = withoutSign(text.substr(1));
    if (digits() == 0) return false;
  }
  return text.empty();
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [key](const YamlEntry& entry) { return entry.key == key; });
  return found == entries.end() || found->value->kind == Kind::Null ? nullptr : &*found;
}

std::optional<bool> booleanValue(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar || !node.plain) return std::nullopt;
  for (const auto* word : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
    if (node.text == word) return true;
  }
  for (const auto* word : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
    if (node.text == word) return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> integerValue(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::Scalar || !node.plain) return std::nullopt;
  const std::string_view text = node.text;
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

ScalarType scalarType(const YamlNode& scalar) {
  if (!scalar.plain) return ScalarType::Text;
  if (booleanValue(scalar)) return ScalarType::Boolean;
  if (looksLikeInteger(scalar.text)) return ScalarType::Integer;
  return looksLikeFloat(scalar.text) ? ScalarType::Float : ScalarType::Text;
}

std::string_view describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "nothing";
    case YamlNode::Kind::Sequence:
      return "a list";
    case YamlNode::Kind::Mapping:
      return "a mapping";
    case YamlNode::Kind::Scalar:
      break;
  }
  switch (scalarType(node)) {
    case ScalarType::Boolean:
      return "a boolean";
    case ScalarType::Integer:
    case ScalarType::Float:
      return "a number";
    case ScalarType::Text:
      break;
  }
  return "text";
}

std::optional<YamlFailure> readYaml(std::string_view text, YamlSyntax syntax,
                                    const std::function<void(YamlDocument)>& take) {
  if (const auto bad = findBadByte(text)) {
    return YamlFailure{bad->line, "the file holds " + bad->what, "YAML is text in UTF-8"};
  }
  if (const auto line = lineOfSeparator(text, kMaxNodes)) {
    return YamlFailure{*line, "more than 1000000 values", "divide it among several files"};
  }
  try {
    std::istringstream in(syntax == YamlSyntax::Json ? joinSurrogates(text) : std::string(text));
    YAML::Parser parser(in);
    Builder builder;
    while (parser.HandleNextDocument(builder)) {
      YamlDocument document = builder.take();
      if (document.root != nullptr && document.root->kind != YamlNode::Kind::Null) take(std::move(document));
    }
  } catch (const Refusal& refusal) {
    return refusal.failure;
  } catch (const YAML::DeepRecursion& failure) {
    return YamlFailure{lineOf(failure.mark), "nested too deeply", "at most 64 levels"};
  } catch (const YAML::Exception& failure) {
    return YamlFailure{lineOf(failure.mark), "is no YAML: " + failure.msg, ""};
  } catch (const std::exception& failure) {
    return YamlFailure{0, std::string("could not be read as YAML: ") + failure.what(), ""};
  }
  return std::nullopt;
}

YamlFile readYaml(std::string_view text, YamlSyntax syntax) {
  YamlFile file;
  file.failure = readYaml(text, syntax, [&](YamlDocument document) { file.documents.push_back(std::move(document)); });
  return file;
}

}  // namespace landfall::config
