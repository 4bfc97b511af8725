// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace landfall::testing {

/// The part of JSON Schema (2020-12) that our own documents use: $ref into the document, type, enum, properties,
/// required, additionalProperties, items, oneOf, minimum, maximum, and the formats date-time and uuid. A keyword that
/// it does not know is an error, so that nothing is left unchecked in silence.
class JsonSchema {
 public:
  /// `document` holds what $ref names; both must outlive this.
  JsonSchema(const nlohmann::json& document, const nlohmann::json& schema) : document_(document), schema_(schema) {}

  /// What is wrong with `value`, each with its place; empty when it is valid.
  std::vector<std::string> errors(const nlohmann::json& value) const;

 private:
  const nlohmann::json& document_;
  const nlohmann::json& schema_;
};

/// The object that a $ref names, or the object itself.
const nlohmann::json& resolved(const nlohmann::json& document, const nlohmann::json& object);

}  // namespace landfall::testing
