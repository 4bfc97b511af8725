// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "core/config/configuration.h"
#include "core/kubernetes/client.h"

namespace landfall::daemon {

/// One entry of status.webhookReceivers.
struct PublishedReceiver {
  std::string name;
  std::string path;
  std::string url;

  bool operator==(const PublishedReceiver&) const = default;
};
using PublishedReceivers = std::vector<PublishedReceiver>;

/// A ProjectConfig, or the ClusterConfig.
struct PublishingObject {
  std::string kind;
  std::string space;  ///< empty: the ClusterConfig
  std::string name;

  auto operator<=>(const PublishingObject&) const = default;
};

/// What the receivers of a configuration that stand in objects are to be called by, object by object; by name.
std::map<PublishingObject, PublishedReceivers> receiversToPublish(const config::Configuration& configuration);

struct UrlPublisherOptions {
  std::chrono::milliseconds least_wait{1000};  ///< after a failure; doubles with every one up to …
  std::chrono::milliseconds most_wait{300000};
  std::chrono::milliseconds read_every{600000};  ///< what the objects show: one may have been deleted and made anew
};

/// With kubernetes.publishStatus, writes the URLs of receivers where Kargo writes them: as status.webhookReceivers of
/// the ProjectConfig or ClusterConfig that they stand in, by a patch of the status that touches nothing else. Whoever
/// may read those objects learns the URLs, those that are credentials (Quay, Docker Hub), too: that is what the status
/// is for, and why Kargo asks for the same right.
///
/// Written is only what differs from what was written or seen last; what the objects show is read at the beginning, and
/// then every ten minutes. Lists of others stay: an object that none of our
/// receivers stands in is touched only when all it shows begins with our base URL, or was written by this process, and
/// then emptied. What fails is tried again; the log says it once. Works on a thread of its own. Any thread.
class UrlPublisher {
 public:
  /// Both must outlive it.
  UrlPublisher(kubernetes::Client& client, base::Log& log, UrlPublisherOptions options = {});
  /// As stop().
  ~UrlPublisher();
  UrlPublisher(const UrlPublisher&) = delete;
  UrlPublisher& operator=(const UrlPublisher&) = delete;

  /// After each swap. Does not block. One that is not complete is left out: its receivers are not all that there are.
  void publish(std::shared_ptr<const config::Configuration> configuration);

  /// Waits for what is being asked; stop the client first.
  void stop();

 private:
  struct Written {
    PublishedReceivers receivers;
    bool ours = false;  ///< written by this process
  };

  /// What is to be tried again, and how much of it there is.
  struct Failures {
    std::size_t count = 0;
    std::string first;
    std::chrono::milliseconds retry_after{0};
    bool hopeless = false;  ///< the server answers nobody now: no use asking it more

    void add(const kubernetes::Failure& failure);
  };

  void loop();
  bool stopping();
  Failures writeAll(const config::Configuration& configuration);
  void readWritten(const config::Configuration& configuration, Failures& failures);
  void readPages(const kubernetes::Scope& scope, std::map<PublishingObject, Written>& written, Failures& failures);
  bool write(const PublishingObject& object, const PublishedReceivers& receivers, Failures& failures);
  void tell(const Failures& failures);

  kubernetes::Client& client_;
  base::Log& log_;
  const UrlPublisherOptions options_;

  // ---- the thread's alone
  std::map<PublishingObject, Written> written_;  ///< what the objects show, where it is anything
  bool read_ = false;                            ///< it has been read
  std::vector<std::string> read_namespaces_;     ///< from these
  bool failing_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::shared_ptr<const config::Configuration> next_;

  std::thread thread_;
};

}  // namespace landfall::daemon
