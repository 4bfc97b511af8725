// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/adapters/plugin_file.h"
#include "core/adapters/shared_object.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/model/event.h"

struct landfall_plugin;
struct landfall_host;

namespace landfall::adapters {

enum class OptionType { String, Integer, Boolean, List, Object };

struct OptionDescription {
  std::string name;
  OptionType type = OptionType::String;
  bool required = false;
  std::string meaning;
};

struct HeaderDescription {
  std::string name;
  bool credential = false;
};

enum class SampleOutcome { Pushed, Nothing, Ping, Unrecognised, Malformed };

/// "string", "integer", …; "pushed", "nothing", …: as people and the API are told.
std::string_view name(OptionType type);
std::string_view name(SampleOutcome outcome);

struct SampleDescription {
  std::string name;
  std::string meaning;
  std::string options;  ///< a JSON object
  std::vector<model::Header> headers;
  std::string body;
  SampleOutcome parses_as = SampleOutcome::Pushed;
};

/// What a plugin says of itself, copied out of the library.
struct PluginDescription {
  std::string id;
  std::string version;
  std::string abi;  ///< "1.0": what it was built for
  bool url_is_credential = false;
  bool sender_punishes_refusals = false;
  std::vector<std::string> secret_keys;
  std::vector<OptionDescription> options;
  std::vector<HeaderDescription> headers;
  std::vector<SampleDescription> samples;
};

/// One loaded library. Unloaded when the last holder (an AdapterSet, an Adapter, a request in flight) lets go.
/// Immutable; any thread.
class Plugin {
 public:
  /// Where a plugin came from, and which bytes.
  struct Source {
    std::filesystem::path file;
    std::string sha256;  ///< 64 hex digits of the bytes that were loaded
  };

  /// Checks a descriptor and copies it; nothing of the plugin is called. FailedPrecondition says what is wrong: major
  /// version, size, a missing function, id, empty or doubled names, a table pointer without a table.
  static base::Result<PluginDescription> describe(const landfall_plugin* descriptor);

  /// Copies the bytes to a private name, loads that, checks the descriptor. `log` must outlive the plugin.
  /// FailedPrecondition with the file and the reason. Looks at nobody's ownership: see checkOwnership.
  static base::Result<std::shared_ptr<const Plugin>> load(const PluginFile& file, base::Log& log);
  /// Reads the file first.
  static base::Result<std::shared_ptr<const Plugin>> load(const std::filesystem::path& file, base::Log& log);

  ~Plugin();
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  const PluginDescription& description() const { return description_; }
  const Source& source() const { return source_; }

  // For Adapter only: the raw tables.
  const landfall_plugin* table() const { return table_; }
  const landfall_host* host() const;

 private:
  struct Services;  ///< the host's functions as this plugin sees them
  Plugin(SharedObject library, const landfall_plugin* table, Source source, PluginDescription description,
         base::Log& log);

  const SharedObject library_;  // first: it goes last
  const landfall_plugin* const table_;
  const Source source_;
  const PluginDescription description_;
  const std::unique_ptr<const Services> services_;
};

}  // namespace landfall::adapters
