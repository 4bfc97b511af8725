// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/adapters/plugin.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/artifact.h"
#include "core/model/event.h"

namespace landfall::adapters {

/// One webhook request as it came, every header included; the adapter is shown those that its plugin declared.
/// Borrowed for the call.
struct WebhookRequest {
  std::string_view method;
  std::string_view query;
  const std::vector<model::Header>& headers;
  std::string_view body;
};

/// The values of one generation of a Secret, in the order of PluginDescription::secret_keys.
using SecretValues = std::vector<std::string>;

struct AdapterConfiguration {
  std::string options = "{}";  ///< a JSON object
  std::string host;
  std::vector<SecretValues> secrets;  ///< newest first
};

enum class Authentication { Authentic, Refused, Failed };

enum class ParseStatus { Pushed, Nothing, Ping, Unrecognised, Malformed, Failed };

/// What an adapter read out of a request, checked by the host: repositories are not empty, `details` is a JSON object,
/// digests have a digest's form, texts are UTF-8 of bounded length, and but for repositories and tags, which are as
/// they were sent, without control characters.
struct ParsedRequest {
  ParseStatus status = ParseStatus::Failed;
  std::optional<std::string> reason;
  std::optional<std::string> kind;
  std::optional<model::Action> action;
  std::optional<std::string> actor;
  std::optional<std::string> sender_delivery_id;
  std::optional<std::string> details;
  std::optional<base::UtcTime> occurred_at;
  std::vector<model::Artifact> artifacts;
};

/// One receiver's adapter: the only place that calls through the ABI. Keeps its plugin loaded. Immutable; any thread.
class Adapter {
 public:
  /// Checks the options against the plugin's table (unknown, missing, wrong type: InvalidArgument that names the option
  /// and what would be right), then asks the plugin; what it refuses is InvalidArgument with its reason.
  static base::Result<std::shared_ptr<const Adapter>> create(std::shared_ptr<const Plugin> plugin,
                                                             const AdapterConfiguration& configuration);
  ~Adapter();
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  const Plugin& plugin() const { return *plugin_; }

  Authentication authenticate(const WebhookRequest& request) const;
  ParsedRequest parse(const WebhookRequest& request) const;
  /// The headers that make `request` authentic.
  base::Result<std::vector<model::Header>> sign(const WebhookRequest& request) const;
  /// Those of the request's headers that are kept with an event: declared by the plugin and no credential.
  std::vector<model::Header> keptHeaders(const std::vector<model::Header>& headers) const;

 private:
  Adapter(std::shared_ptr<const Plugin> plugin, void* raw) : plugin_(std::move(plugin)), raw_(raw) {}

  std::shared_ptr<const Plugin> plugin_;
  void* raw_;  ///< the plugin's landfall_adapter
};

}  // namespace landfall::adapters
