// SPDX-License-Identifier: Apache-2.0
#include "core/config/json_document.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

namespace landfall::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxLevels = 64;
constexpr std::size_t kMaxNodes = 100'000;

/// Builds nodes out of the parser's events, which come without recursion: depth costs no stack.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const WantedKeys& wanted) : wanted_(wanted) {}

  bool null() override { return add(std::make_shared<YamlNode>()); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false", true); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value), true); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value), true); }
  bool number_float(number_float_t, const string_t& text) override { return scalar(text, true); }
  bool string(string_t& value) override { return scalar(std::move(value), false); }
  bool binary(binary_t&) override { return refuse("holds bytes that are no JSON"); }

  bool start_object(std::size_t) override { return start(YamlNode::Kind::Mapping); }
  bool start_array(std::size_t) override { return start(YamlNode::Kind::Sequence); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }

  bool key(string_t& name) override {
    if (unwanted_levels_ > 0) return true;
    way_.back() = std::move(name);
    value_unwanted_ = !wanted_(way_);
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& failure) override {
    // What the library says shows the text around the place, which may be a secret.
    return refuse(failure.id == 406 ? "holds a number out of range" : "is no JSON");
  }

  const std::string& failure() const { return failure_; }
  std::shared_ptr<const YamlNode> take() { return std::move(root_); }

 private:
  bool refuse(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  bool scalar(std::string text, bool plain) {
    auto node = std::make_shared<YamlNode>();
    node->kind = YamlNode::Kind::Scalar;
    node->text = std::move(text);
    node->plain = plain;
    return add(std::move(node));
  }

  bool start(YamlNode::Kind kind) {
    if (unwanted_levels_ > 0 || std::exchange(value_unwanted_, false)) {
      ++unwanted_levels_;
      return true;
    }
    if (open_.size() >= kMaxLevels) return refuse("is nested too deeply (at most 64 levels)");
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->levels = 1;
    open_.push_back(std::move(node));
    way_.emplace_back();
    return true;
  }

  bool end() {
    if (unwanted_levels_ > 0) {
      --unwanted_levels_;
      return true;
    }
    auto closed = std::move(open_.back());
    open_.pop_back();
    way_.pop_back();
    return add(std::move(closed));
  }

  bool add(std::shared_ptr<YamlNode> node) {
    if (unwanted_levels_ > 0 || std::exchange(value_unwanted_, false)) return true;
    if (++spent_ > kMaxNodes) return refuse("holds more than 100000 values");
    if (open_.empty()) {
      root_ = std::move(node);
      return true;
    }
    YamlNode& parent = *open_.back();
    parent.nodes += node->nodes;
    parent.levels = std::max(parent.levels, node->levels + 1);
    if (parent.kind == YamlNode::Kind::Mapping) {
      parent.entries.push_back({way_.back(), 0, std::move(node)});
    } else {
      parent.items.push_back(std::move(node));
    }
    return true;
  }

  const WantedKeys& wanted_;
  std::shared_ptr<const YamlNode> root_;
  std::vector<std::shared_ptr<YamlNode>> open_;
  std::vector<std::string> way_;     ///< the key under way in each of them
  bool value_unwanted_ = false;      ///< of the key that was read last
  std::size_t unwanted_levels_ = 0;  ///< lists and mappings that are passed over
  std::size_t spent_ = 0;
  std::string failure_;
};

}  // namespace

base::Result<std::shared_ptr<const YamlNode>> readJson(std::string_view text, const WantedKeys& wanted) {
  try {
    Builder builder(wanted);
    if (Json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
    return base::invalidArgument(builder.failure());
  } catch (const std::exception& failure) {
    return base::invalidArgument(std::string("could not be read as JSON: ") + failure.what());
  }
}

}  // namespace landfall::config
