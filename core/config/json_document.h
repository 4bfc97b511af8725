// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/yaml_document.h"

namespace landfall::config {

/// Asked for each key of a JSON document with the keys that lead to it, its own last (lists count as an empty one):
/// whether its value is wanted.
using WantedKeys = std::function<bool(const std::vector<std::string>& way)>;

/// Reads a JSON text (RFC 8259) as what it would be in YAML, without lines (0), and of it only what is wanted. Any
/// bytes are good: what is no JSON, nested over 64 levels or of more than 100,000 wanted values is InvalidArgument, the
/// second half of a sentence. API servers send no key twice; of such the first counts.
base::Result<std::shared_ptr<const YamlNode>> readJson(std::string_view text, const WantedKeys& wanted);

}  // namespace landfall::config
