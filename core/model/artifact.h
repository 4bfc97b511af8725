// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace landfall::model {

/// What happened to an artifact, or what an event is about. Only Push refreshes.
enum class Action {
  Push,
  Delete,
  Pull,
  Scan,
  Build,
  Mirror,
  Replication,
  Retention,
  Expiry,
  Quota,
  Promote,
  Ping,
  Other
};

/// "push", "delete", …: as the API and the store write it.
std::string_view name(Action action);
std::optional<Action> parseAction(std::string_view text);

/// Says whether the sender named the registry that a repository lives in.
enum class RegistryHost {
  Named,            ///< part of `repository`, or Docker Hub by the rule for names without a host
  ChartRepository,  ///< named, and a classic chart repository: subscribed to as http:// or https://
  Unknown,          ///< nobody could tell (Europa without a configured host): compared by repository path alone
};

/// One changed thing in an event.
struct Artifact {
  std::string repository;             ///< as the adapter assembled it, without tag and digest
  std::optional<std::string> tag;     ///< never empty, never a digest
  std::optional<std::string> digest;  ///< "sha256:…" or "sha512:…", lower case
  std::optional<std::string> media_type;
  Action action = Action::Other;
  RegistryHost host = RegistryHost::Named;

  bool operator==(const Artifact&) const = default;
};

}  // namespace landfall::model
