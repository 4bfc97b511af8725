// SPDX-License-Identifier: Apache-2.0
//
// Plugin::describe: a descriptor is checked field by field before anything behind it is believed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/adapters/plugin.h"
#include "core/adapters/plugin_text.h"
#include "landfall/json.hpp"

namespace landfall::adapters {
namespace {

constexpr std::size_t kMaxName = 63;  // an id is part of URLs, a secret key of a Kubernetes object
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxBody = std::size_t{2} << 20;
constexpr std::size_t kMaxEntries = 256;

/// What is wrong with a descriptor. Ends at Plugin::describe.
struct Wrong {
  std::string what;
};

std::string inQuotes(std::string_view text) { return "\"" + cleanText(text, kMaxName) + "\""; }

std::string_view bytesOf(landfall_str text, const std::string& what, std::size_t max_bytes) {
  const auto view = viewOf(text);
  if (!view) throw Wrong{what + " has a length but no text"};
  if (view->size() > max_bytes) throw Wrong{what + " is longer than " + std::to_string(max_bytes) + " bytes"};
  return *view;
}

std::string textOf(landfall_str text, const std::string& what, std::size_t max_bytes = kMaxText) {
  const std::string_view bytes = bytesOf(text, what, max_bytes);
  if (!isPlainText(bytes)) throw Wrong{what + " is no UTF-8 text, or has control characters"};
  return std::string(bytes);
}

std::string nameOf(landfall_str text, const std::string& what) {
  std::string name = textOf(text, what, kMaxName);
  if (name.empty()) throw Wrong{what + " is empty"};
  return name;
}

/// Of keys in manifests and Secrets: what Kubernetes allows in those of a Secret.
std::string keyOf(landfall_str text, const std::string& what) {
  std::string key = nameOf(text, what);
  const bool fits = std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
           c == '.';
  });
  if (!fits) throw Wrong{what + " " + inQuotes(key) + " may have letters, digits, '-', '_' and '.' only"};
  return key;
}

std::string headerNameOf(landfall_str text, const std::string& what) {
  std::string name = nameOf(text, what);
  if (!isToken(name)) throw Wrong{what + " " + inQuotes(name) + " is no name of a header"};
  return name;
}

std::string jsonObjectOf(landfall_str text, const std::string& what) {
  std::string json(bytesOf(text, what, kMaxText));
  if (json.empty()) return "{}";
  try {
    if (parseJson(json).is_object()) return json;
  } catch (const std::exception&) {
    throw Wrong{what + " are not JSON"};
  }
  throw Wrong{what + " are no JSON object"};
}

template <class Entry>
void checkTable(const Entry* table, std::size_t count, const std::string& what) {
  if (count > 0 && table == nullptr)
    throw Wrong{"it counts " + std::to_string(count) + " " + what + " but has no table"};
  if (count > kMaxEntries) {
    throw Wrong{"it has " + std::to_string(count) + " " + what + "; " + std::to_string(kMaxEntries) + " are enough"};
  }
}

template <class Items, class Same>
void checkUnique(const Items& items, const std::string& what, Same same) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (same(items[i], items[k])) throw Wrong{"it has the " + what + " twice"};
    }
  }
}

void checkVersion(const landfall_plugin& raw) {
  if (raw.size < offsetof(landfall_plugin, id)) {
    throw Wrong{"its descriptor is " + std::to_string(raw.size) + " bytes short of having a version"};
  }
  if (raw.abi_major != LANDFALL_ABI_MAJOR) {
    throw Wrong{"it is built for major version " + std::to_string(raw.abi_major) +
                " of the adapter ABI, and this Landfall speaks " + std::to_string(LANDFALL_ABI_MAJOR)};
  }
  if (raw.size < sizeof(landfall_plugin)) {
    throw Wrong{"its descriptor has " + std::to_string(raw.size) + " bytes, and version 1.0 has " +
                std::to_string(sizeof(landfall_plugin))};
  }
}

void checkFunctions(const landfall_plugin& raw) {
  const auto check = [](bool there, std::string_view name) {
    if (!there) throw Wrong{"it has no function " + std::string(name)};
  };
  check(raw.create != nullptr, "create");
  check(raw.destroy != nullptr, "destroy");
  check(raw.authenticate != nullptr, "authenticate");
  check(raw.parse != nullptr, "parse");
  check(raw.sign != nullptr, "sign");
}

std::string idOf(landfall_str text) {
  std::string id = nameOf(text, "its id");
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!(id[0] >= 'a' && id[0] <= 'z') || !std::all_of(id.begin(), id.end(), fits)) {
    throw Wrong{"its id " + inQuotes(id) + " does not read [a-z][a-z0-9-]*"};
  }
  return id;
}

std::vector<std::string> secretKeysOf(const landfall_plugin& raw) {
  checkTable(raw.secret_keys, raw.secret_key_count, "secret keys");
  if (raw.secret_key_count == 0) throw Wrong{"it names no secret key, and at least one is needed"};
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < raw.secret_key_count; ++i) keys.push_back(keyOf(raw.secret_keys[i], "a secret key"));
  checkUnique(keys, "same secret key", [](const auto& a, const auto& b) { return a == b; });
  return keys;
}

OptionType optionTypeOf(landfall_option_type type, const std::string& name) {
  switch (type) {
    case LANDFALL_OPTION_STRING:
      return OptionType::String;
    case LANDFALL_OPTION_INTEGER:
      return OptionType::Integer;
    case LANDFALL_OPTION_BOOLEAN:
      return OptionType::Boolean;
    case LANDFALL_OPTION_LIST:
      return OptionType::List;
    case LANDFALL_OPTION_OBJECT:
      return OptionType::Object;
    default:
      throw Wrong{"its option " + inQuotes(name) + " is of the unknown type " + std::to_string(type)};
  }
}

std::vector<OptionDescription> optionsOf(const landfall_plugin& raw) {
  checkTable(raw.options, raw.option_count, "options");
  std::vector<OptionDescription> options;
  for (std::size_t i = 0; i < raw.option_count; ++i) {
    const landfall_option& from = raw.options[i];
    OptionDescription option;
    option.name = keyOf(from.name, "the name of an option");
    if (option.name == "secretRef") throw Wrong{"its option \"secretRef\" is a key that the host reads itself"};
    option.type = optionTypeOf(from.type, option.name);
    option.required = from.required == 1;
    option.meaning = textOf(from.meaning, "the meaning of option " + inQuotes(option.name));
    options.push_back(std::move(option));
  }
  checkUnique(options, "same option", [](const auto& a, const auto& b) { return a.name == b.name; });
  return options;
}

std::vector<HeaderDescription> headersOf(const landfall_plugin& raw) {
  checkTable(raw.headers, raw.header_count, "headers");
  std::vector<HeaderDescription> headers;
  for (std::size_t i = 0; i < raw.header_count; ++i) {
    const landfall_header_spec& from = raw.headers[i];
    headers.push_back({headerNameOf(from.name, "the header"), (from.flags & LANDFALL_HEADER_CREDENTIAL) != 0});
  }
  checkUnique(headers, "same header", [](const auto& a, const auto& b) { return sameHeaderName(a.name, b.name); });
  return headers;
}

SampleOutcome sampleOutcomeOf(landfall_status status, const std::string& of) {
  switch (status) {
    case LANDFALL_PUSHED:
      return SampleOutcome::Pushed;
    case LANDFALL_NOTHING:
      return SampleOutcome::Nothing;
    case LANDFALL_PING:
      return SampleOutcome::Ping;
    case LANDFALL_UNRECOGNISED:
      return SampleOutcome::Unrecognised;
    case LANDFALL_MALFORMED:
      return SampleOutcome::Malformed;
    default:
      throw Wrong{of + " parses as " + std::to_string(status) + ", which is nothing that parse comes to"};
  }
}

SampleDescription sampleOf(const landfall_sample& from) {
  SampleDescription sample;
  sample.name = keyOf(from.name, "the name of a sample");
  const std::string of = "its sample " + inQuotes(sample.name);
  sample.meaning = textOf(from.meaning, "the meaning of " + of);
  sample.options = jsonObjectOf(from.options, "the options of " + of);
  checkTable(from.headers, from.header_count, "headers of " + of);
  for (std::size_t i = 0; i < from.header_count; ++i) {
    std::string name = headerNameOf(from.headers[i].name, "a header of " + of);
    sample.headers.push_back({std::move(name), textOf(from.headers[i].value, "a header of " + of)});
  }
  sample.body = bytesOf(from.body, "the body of " + of, kMaxBody);
  sample.parses_as = sampleOutcomeOf(from.parses_as, of);
  return sample;
}

std::vector<SampleDescription> samplesOf(const landfall_plugin& raw) {
  checkTable(raw.samples, raw.sample_count, "samples");
  if (raw.sample_count == 0) throw Wrong{"it has no sample, and at least one is needed"};
  std::vector<SampleDescription> samples;
  for (std::size_t i = 0; i < raw.sample_count; ++i) samples.push_back(sampleOf(raw.samples[i]));
  checkUnique(samples, "same sample", [](const auto& a, const auto& b) { return a.name == b.name; });
  return samples;
}

PluginDescription described(const landfall_plugin& raw) {
  checkVersion(raw);
  checkFunctions(raw);
  PluginDescription description;
  description.id = idOf(raw.id);
  description.version = nameOf(raw.version, "its version");
  description.abi = std::to_string(raw.abi_major) + "." + std::to_string(raw.abi_minor);
  description.url_is_credential = (raw.flags & LANDFALL_PLUGIN_URL_IS_CREDENTIAL) != 0;
  description.sender_punishes_refusals = (raw.flags & LANDFALL_PLUGIN_SENDER_PUNISHES_REFUSALS) != 0;
  description.secret_keys = secretKeysOf(raw);
  description.options = optionsOf(raw);
  description.headers = headersOf(raw);
  description.samples = samplesOf(raw);
  return description;
}

}  // namespace

base::Result<PluginDescription> Plugin::describe(const landfall_plugin* descriptor) {
  if (descriptor == nullptr)
    return base::failedPrecondition("it gives no descriptor: it says that it cannot work here");
  try {
    return described(*descriptor);
  } catch (const Wrong& wrong) {
    return base::failedPrecondition(wrong.what);
  }
}

}  // namespace landfall::adapters
