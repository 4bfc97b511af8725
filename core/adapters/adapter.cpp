// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/adapter.h"

#include <exception>
#include <string>

#include "core/adapters/options_check.h"
#include "core/adapters/plugin_text.h"
#include "core/adapters/result_collector.h"
#include "landfall/adapter.hpp"

namespace landfall::adapters {
namespace {

constexpr std::size_t kMaxThrown = 256;

/// Runs a call into a plugin. No exception may come out of one; when one does, the call has failed.
template <class Call>
landfall_status guarded(ResultCollector& collector, Call call) {
  try {
    return call();
  } catch (const std::exception& failure) {
    collector.fail("the plugin threw an exception: " + cleanText(failure.what(), kMaxThrown));
  } catch (...) {
    collector.fail("the plugin threw something that is no exception");
  }
  return LANDFALL_FAILED;
}

const HeaderDescription* declaredHeader(const PluginDescription& description, std::string_view name) {
  for (const auto& header : description.headers) {
    if (sameHeaderName(header.name, name)) return &header;
  }
  return nullptr;
}

enum class Shows { Everything, NoCredentials };

/// A request as a plugin may see it. Borrows from the request and from the plugin's description.
class ShownRequest {
 public:
  ShownRequest(const PluginDescription& description, const WebhookRequest& request, Shows shows) {
    for (const auto& header : request.headers) {
      const HeaderDescription* declared = declaredHeader(description, header.name);
      if (declared == nullptr || (shows == Shows::NoCredentials && declared->credential)) continue;
      headers_.push_back({toAbi(declared->name), toAbi(header.value)});
    }
    raw_.size = sizeof raw_;
    raw_.method = toAbi(request.method);
    if (shows == Shows::Everything) raw_.query = toAbi(request.query);
    raw_.headers = headers_.data();
    raw_.header_count = headers_.size();
    raw_.body = toAbi(request.body);
  }
  ShownRequest(const ShownRequest&) = delete;
  ShownRequest& operator=(const ShownRequest&) = delete;

  const landfall_request* raw() const { return &raw_; }

 private:
  std::vector<landfall_header> headers_;
  landfall_request raw_{};
};

base::Status checkSecrets(const PluginDescription& description, const std::vector<SecretValues>& secrets) {
  if (secrets.empty()) return base::invalidArgument("there is no secret");
  for (const auto& values : secrets) {
    if (values.size() != description.secret_keys.size()) {
      return base::invalidArgument("a secret has " + std::to_string(values.size()) + " values, and the adapter needs " +
                                   std::to_string(description.secret_keys.size()));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty())
        return base::invalidArgument("the secret's key " + description.secret_keys[i] + " is empty");
    }
  }
  return {};
}

const landfall_adapter* adapterOf(const void* raw) { return static_cast<const landfall_adapter*>(raw); }

}  // namespace

base::Result<std::shared_ptr<const Adapter>> Adapter::create(std::shared_ptr<const Plugin> plugin,
                                                             const AdapterConfiguration& configuration) {
  const auto& description = plugin->description();
  if (auto status = checkOptions(description.options, configuration.options); !status.ok()) return status;
  if (auto status = checkSecrets(description, configuration.secrets); !status.ok()) return status;

  std::vector<std::vector<landfall_str>> values;
  std::vector<landfall_secret> secrets;
  for (const auto& secret : configuration.secrets) {
    auto& list = values.emplace_back();
    list.reserve(secret.size());
    for (const auto& value : secret) list.push_back(toAbi(value));
  }
  secrets.reserve(values.size());
  for (const auto& list : values) secrets.push_back({list.data(), list.size()});
  const landfall_receiver receiver{sizeof receiver, toAbi(configuration.options), toAbi(configuration.host),
                                   secrets.data(), secrets.size()};

  ResultCollector collector(ResultCollector::For::Other);
  landfall_adapter* made = nullptr;
  const auto status =
      guarded(collector, [&] { return plugin->table()->create(plugin->host(), &receiver, collector.out(), &made); });
  if (status != LANDFALL_OK) {
    return base::invalidArgument(collector.reasonOr("the plugin refused the options or secrets and gave no reason"));
  }
  if (made == nullptr) return base::internalError("the plugin said that it made an adapter, but made none");
  return std::shared_ptr<const Adapter>(new Adapter(std::move(plugin), made));
}

Adapter::~Adapter() {
  try {
    plugin_->table()->destroy(static_cast<landfall_adapter*>(raw_));
  } catch (...) {
    // What it held is lost; the process is not.
    plugin_->host()->log(plugin_->host()->ctx, LANDFALL_LOG_ERROR, toAbi("the plugin threw while it was destroyed"));
  }
}

Authentication Adapter::authenticate(const WebhookRequest& request) const {
  const ShownRequest shown(plugin_->description(), request, Shows::Everything);
  ResultCollector collector(ResultCollector::For::Other);
  const auto status =
      guarded(collector, [&] { return plugin_->table()->authenticate(adapterOf(raw_), shown.raw(), collector.out()); });
  if (status == LANDFALL_OK) return Authentication::Authentic;
  if (status == LANDFALL_UNAUTHENTICATED) return Authentication::Refused;
  const std::string text = "authenticate failed: " + collector.reasonOr("status " + std::to_string(status));
  plugin_->host()->log(plugin_->host()->ctx, LANDFALL_LOG_WARNING, toAbi(text));
  return Authentication::Failed;
}

ParsedRequest Adapter::parse(const WebhookRequest& request) const {
  const ShownRequest shown(plugin_->description(), request, Shows::NoCredentials);
  ResultCollector collector(ResultCollector::For::Parse);
  const auto status =
      guarded(collector, [&] { return plugin_->table()->parse(adapterOf(raw_), shown.raw(), collector.out()); });
  return collector.parsed(status);
}

base::Result<std::vector<model::Header>> Adapter::sign(const WebhookRequest& request) const {
  const ShownRequest shown(plugin_->description(), request, Shows::Everything);
  ResultCollector collector(ResultCollector::For::Sign);
  const auto status =
      guarded(collector, [&] { return plugin_->table()->sign(adapterOf(raw_), shown.raw(), collector.out()); });
  return collector.headers(status);
}

std::vector<model::Header> Adapter::keptHeaders(const std::vector<model::Header>& headers) const {
  std::vector<model::Header> kept;
  for (const auto& header : headers) {
    const HeaderDescription* declared = declaredHeader(plugin_->description(), header.name);
    if (declared != nullptr && !declared->credential) kept.push_back({declared->name, header.value});
  }
  return kept;
}

}  // namespace landfall::adapters
