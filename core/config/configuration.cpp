// SPDX-License-Identifier: Apache-2.0
#include "core/config/configuration.h"

#include <algorithm>

namespace landfall::config {

std::string ListenAddress::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string originOf(const std::string& url) { return url.substr(0, url.find('/', url.find("://") + 3)); }

std::shared_ptr<const Receiver> Configuration::receiverAt(std::string_view path) const {
  const auto found = receivers_by_path.find(std::string(path));
  return found == receivers_by_path.end() ? nullptr : found->second;
}

std::shared_ptr<const Receiver> Configuration::receiver(const model::ReceiverKey& key) const {
  const auto found =
      std::find_if(receivers.begin(), receivers.end(), [&](const auto& receiver) { return receiver->key == key; });
  return found == receivers.end() ? nullptr : *found;
}

std::shared_ptr<const model::Warehouse> Configuration::warehouse(const model::WarehouseKey& key) const {
  const auto found = warehouses.find(key);
  return found == warehouses.end() ? nullptr : found->second;
}

bool Configuration::mayHave(const model::WarehouseKey& key) const {
  return !complete || warehouses.contains(key) || unusable_warehouses.contains(key);
}

}  // namespace landfall::config
