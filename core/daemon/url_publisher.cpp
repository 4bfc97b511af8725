// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/url_publisher.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace landfall::daemon {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kApiVersion = "kargo.akuity.io/v1alpha1";
constexpr const char* kProjectConfig = "ProjectConfig";
constexpr const char* kClusterConfig = "ClusterConfig";
constexpr const char* kClusterConfigName = "cluster";
constexpr std::size_t kPage = 500;
constexpr int kNotFound = 404;

Json toJson(const PublishedReceivers& receivers) {
  Json list = Json::array();
  for (const auto& receiver : receivers) {
    list.push_back({{"name", receiver.name}, {"path", receiver.path}, {"url", receiver.url}});
  }
  return list;
}

std::string textOf(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What an object shows now. An entry that cannot be read differs from all that could be written.
PublishedReceivers receiversShownBy(const kubernetes::Object& object) {
  const Json json = Json::parse(object.json, nullptr, false);
  if (!json.is_object()) return {};
  const auto status = json.find("status");
  if (status == json.end() || !status->is_object()) return {};
  const auto list = status->find("webhookReceivers");
  if (list == status->end() || !list->is_array()) return {};
  PublishedReceivers receivers;
  for (const auto& entry : *list) {
    receivers.push_back({textOf(entry, "name"), textOf(entry, "path"), textOf(entry, "url")});
  }
  return receivers;
}

bool allBeginWith(const PublishedReceivers& receivers, const std::string& base_url) {
  return std::all_of(receivers.begin(), receivers.end(),
                     [&](const PublishedReceiver& receiver) { return receiver.url.starts_with(base_url + "/"); });
}

}  // namespace

std::map<PublishingObject, PublishedReceivers> receiversToPublish(const config::Configuration& configuration) {
  const std::string origin = config::originOf(configuration.settings.base_url);
  std::map<PublishingObject, PublishedReceivers> wanted;
  for (const auto& receiver : configuration.receivers) {
    if (receiver->object == nullptr) continue;
    const std::string& path = receiver->paths.front();
    wanted[{receiver->object->kind, receiver->object->space, receiver->object->name}].push_back(
        {receiver->key.name, path, origin + path});
  }
  return wanted;
}

void UrlPublisher::Failures::add(const kubernetes::Failure& failure) {
  if (count++ == 0) first = failure.message;
  retry_after = std::max(retry_after, failure.retry_after.value_or(milliseconds(0)));
  // Of others (403, 409, 422) the next object may know nothing.
  hopeless = hopeless || failure.status == 0 || failure.status == 401 || failure.status == 429 || failure.status >= 500;
}

UrlPublisher::UrlPublisher(kubernetes::Client& client, base::Log& log, UrlPublisherOptions options)
    : client_(client), log_(log), options_(options), thread_([this] { loop(); }) {}

UrlPublisher::~UrlPublisher() { stop(); }

void UrlPublisher::publish(std::shared_ptr<const config::Configuration> configuration) {
  if (!configuration->complete) return;
  const std::lock_guard lock(mutex_);
  next_ = std::move(configuration);
  wake_.notify_all();
}

void UrlPublisher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool UrlPublisher::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void UrlPublisher::loop() {
  std::shared_ptr<const config::Configuration> current;
  milliseconds wait = options_.read_every;
  milliseconds after_failure = options_.least_wait;
  std::unique_lock lock(mutex_);
  while (true) {
    const bool woken = wake_.wait_for(lock, wait, [this] { return stopping_ || next_ != nullptr; });
    if (stopping_) return;
    if (next_ != nullptr) current = std::exchange(next_, nullptr);
    if (current == nullptr) continue;
    lock.unlock();
    if (!woken && !failing_) read_ = false;
    const Failures failures = writeAll(*current);
    lock.lock();
    if (stopping_) return;
    tell(failures);
    wait = failing_ ? std::clamp(failures.retry_after, after_failure, std::max(after_failure, options_.most_wait))
                    : options_.read_every;
    after_failure = failing_ ? std::min(after_failure * 2, options_.most_wait) : options_.least_wait;
  }
}

UrlPublisher::Failures UrlPublisher::writeAll(const config::Configuration& configuration) {
  Failures failures;
  if (!configuration.settings.kubernetes.publish_status) return failures;
  if (!read_ || read_namespaces_ != configuration.settings.kubernetes.namespaces) readWritten(configuration, failures);
  if (failures.count > 0) return failures;
  const auto wanted = receiversToPublish(configuration);
  for (const auto& [object, receivers] : wanted) {
    if (failures.hopeless || stopping()) return failures;
    const auto known = written_.find(object);
    if (known != written_.end() && known->second.receivers == receivers) continue;
    if (write(object, receivers, failures)) written_[object] = {receivers, true};
  }
  for (auto at = written_.begin(); at != written_.end() && !failures.hopeless && !stopping();) {
    const Written& shown = at->second;
    const bool ours = shown.ours || allBeginWith(shown.receivers, configuration.settings.base_url);
    if (!wanted.contains(at->first) && ours && write(at->first, {}, failures)) {
      at = written_.erase(at);
    } else {
      ++at;
    }
  }
  return failures;
}

/// What the objects show, where it is anything.
void UrlPublisher::readWritten(const config::Configuration& configuration, Failures& failures) {
  std::map<PublishingObject, Written> written;
  const auto project_configs = client_.resourceType(kApiVersion, kProjectConfig);
  if (!project_configs.ok()) return failures.add(project_configs.failure());
  std::vector<std::string> spaces = configuration.settings.kubernetes.namespaces;
  if (spaces.empty()) spaces.emplace_back();
  for (const auto& space : spaces) {
    readPages({*project_configs, space, {}, {}}, written, failures);
    if (failures.count > 0) return;
  }
  const auto cluster_configs = client_.resourceType(kApiVersion, kClusterConfig);
  if (!cluster_configs.ok()) return failures.add(cluster_configs.failure());
  const auto cluster_config = client_.get(*cluster_configs, {}, kClusterConfigName);
  if (!cluster_config.ok() && cluster_config.failure().status != kNotFound)
    return failures.add(cluster_config.failure());
  if (cluster_config.ok()) {
    auto receivers = receiversShownBy(*cluster_config);
    if (!receivers.empty()) written[{kClusterConfig, {}, kClusterConfigName}] = {std::move(receivers), false};
  }
  // What this process wrote is its own, as long as it still stands there.
  for (auto& [object, shown] : written) {
    const auto known = written_.find(object);
    shown.ours = known != written_.end() && known->second.ours && known->second.receivers == shown.receivers;
  }
  written_ = std::move(written);
  read_ = true;
  read_namespaces_ = configuration.settings.kubernetes.namespaces;
}

void UrlPublisher::readPages(const kubernetes::Scope& scope, std::map<PublishingObject, Written>& written,
                             Failures& failures) {
  std::string next;
  do {
    const auto page = client_.list(scope, kPage, next);
    if (!page.ok()) return failures.add(page.failure());
    for (const auto& object : page->objects) {
      auto receivers = receiversShownBy(object);
      if (receivers.empty()) continue;
      written[{kProjectConfig, object.space, object.name}] = {std::move(receivers), false};
    }
    next = page->next;
  } while (!next.empty() && !stopping());
}

/// True when there is nothing more to do about it; an object that is gone needs none.
bool UrlPublisher::write(const PublishingObject& object, const PublishedReceivers& receivers, Failures& failures) {
  const auto type = client_.resourceType(kApiVersion, object.kind);
  if (!type.ok()) {
    failures.add(type.failure());
    return false;
  }
  const Json patch{{"status", {{"webhookReceivers", toJson(receivers)}}}};
  const std::string text = patch.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto written = client_.patch(*type, object.space, object.name, text, "status");
  if (written.ok() || written.failure().status == kNotFound) return true;
  failures.add(written.failure());
  return false;
}

/// Once when it begins and once when it is over.
void UrlPublisher::tell(const Failures& failures) {
  const bool failing = failures.count > 0;
  if (failing && !failing_) {
    log_.warning("daemon", "the URLs of receivers cannot be published; trying again",
                 {{"objects", static_cast<std::int64_t>(failures.count)}, {"reason", failures.first}});
  } else if (!failing && failing_) {
    log_.info("daemon", "the URLs of receivers are published again");
  }
  failing_ = failing;
}

}  // namespace landfall::daemon
