// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/kubernetes/connection.h"
#include "core/kubernetes/object.h"

namespace landfall::kubernetes {

/// What a request is about, in the words of RBAC.
struct Asked {
  std::string verb;  ///< "get", "list", "watch", "patch"; empty: which kinds `type.group` and `type.version` have
  ResourceType type;
  std::string space;
  std::string name;
  std::string subresource;
};

/// There was no answer: `why`.
Failure noAnswer(const Asked& asked, const std::string& server, const std::string& why);

/// There was one, but no success. `body` is the beginning of what it said; `credential` what was shown, for people.
Failure refused(const Asked& asked, const Head& head, const std::string& body, const std::string& credential);

/// An ERROR event of a watch.
Failure refused(const Asked& asked, int code, const std::string& reason, const std::string& message);

/// One line for people of what a server said, bounded.
std::string oneLine(std::string_view text);

}  // namespace landfall::kubernetes
