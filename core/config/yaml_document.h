// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::config {

struct YamlEntry;

/// One value of a YAML document. Aliases share the node they stand for. Immutable once a document is read.
struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Mapping };

  Kind kind = Kind::Null;
  std::size_t line = 0;    ///< 1 for the first
  std::string text;        ///< of a scalar
  bool plain = false;      ///< a scalar without quotes: it may be a number or a boolean
  std::size_t nodes = 1;   ///< this one and all below it, aliases counted as often as they stand there
  std::size_t levels = 0;  ///< sequences and mappings on the longest way down, itself included
  std::vector<std::shared_ptr<const YamlNode>> items;
  std::vector<YamlEntry> entries;  ///< in the order of the document; of doubled keys the last

  /// Null when there is no such key, and when its value is null: both mean "not given".
  const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  std::size_t line = 0;  ///< the key's
  std::shared_ptr<const YamlNode> value;
};

/// What a plain scalar stands for. YAML 1.1's `yes` and `off` are booleans, as they are to Kubernetes.
enum class ScalarType { Text, Boolean, Integer, Float };
ScalarType scalarType(const YamlNode& scalar);
std::optional<bool> booleanValue(const YamlNode& node);
/// Decimal, without leading zeros.
std::optional<std::int64_t> integerValue(const YamlNode& node);

/// "a list", "a mapping", "a number", "text": for messages; never the value, which may be a secret.
std::string_view describe(const YamlNode& node);

struct DuplicateKey {
  std::string key;
  std::size_t line = 0;
  std::size_t first_line = 0;
};

struct YamlDocument {
  std::shared_ptr<const YamlNode> root;
  std::vector<DuplicateKey> duplicates;
};

/// Why reading stopped.
struct YamlFailure {
  std::size_t line = 0;
  std::string message;
  std::string suggestion;
};

struct YamlFile {
  std::vector<YamlDocument> documents;  ///< those before the failure; empty ones are left out
  std::optional<YamlFailure> failure;
};

enum class YamlSyntax { Yaml, Json };

/// Reads every document of `text`. Any bytes are good: text that is no UTF-8, control characters, nesting over 64,
/// more than 1,000,000 nodes with all aliases expanded, an alias to what it is part of, keys that are no text, merge
/// keys and unknown tags are failures with a line. With Json, `\ud83d\ude00` is one character.
YamlFile readYaml(std::string_view text, YamlSyntax syntax);
/// The same, but gives each document away as soon as it is read: of a file with very many only one is in memory.
std::optional<YamlFailure> readYaml(std::string_view text, YamlSyntax syntax,
                                    const std::function<void(YamlDocument)>& take);

}  // namespace landfall::config
