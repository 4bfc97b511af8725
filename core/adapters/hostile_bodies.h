// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace landfall::adapters {

/// What may be expected of an adapter that reads a hostile body.
enum class Expectation {
  RefreshesNothing,  ///< there is no push in it
  Survives,          ///< it may be read as a push: only part of it is wrong
};

struct HostileBody {
  std::string name;
  std::string body;
  Expectation expectation = Expectation::Survives;
};

/// Bodies that no registry sends, whatever the registry.
std::vector<HostileBody> hostileBodies();

/// Bodies made from what one registry does send: cut, mangled, with values of other types.
std::vector<HostileBody> hostileVariants(std::string_view sample);

}  // namespace landfall::adapters
