// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/kubernetes/access.h"
#include "core/kubernetes/object.h"

namespace landfall::kubernetes {

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30000};  ///< of one request, unless the call says otherwise
  std::string user_agent = "landfall";
};

/// Requests to one API server over connections that are kept and reused. Any thread; every call blocks until its answer
/// or its timeout. SIGPIPE must be ignored. Answers are bounded (a list's page 64 MiB, anything else 8 MiB), redirects
/// are not followed, and the token file is read anew when it changes. Nothing throws.
class Client {
 public:
  /// InvalidArgument in the first request's failure when the access cannot be used (no certificate in it, say).
  explicit Client(Access access, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Access& access() const;

  Answer<Object> get(const ResourceType& type, const std::string& space, const std::string& name);

  /// One page of at most `limit` objects; `next` is that of the page before.
  Answer<ListPage> list(const Scope& scope, std::size_t limit, const std::string& next = {});

  /// A JSON merge patch (RFC 7386) of the object, or of its `subresource` ("status"). The object as it is then.
  Answer<Object> patch(const ResourceType& type, const std::string& space, const std::string& name,
                       const std::string& merge_patch, std::string_view subresource = {},
                       std::chrono::milliseconds timeout = std::chrono::milliseconds(0));

  /// How the server serves a kind. `api_version` is "v1", "group/version", or "group/" for the version that the server
  /// prefers. Remembered; asked again when a kind is not found. A failure with status 404: the server has no such kind
  /// (its CRD is not installed).
  Answer<ResourceType> resourceType(const std::string& api_version, const std::string& kind);

  /// Ends all that is being asked, with failures, and whatever is asked from now on. Watches of this client end, too.
  void stop();

 private:
  friend class Watch;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace landfall::kubernetes
