// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/daemon.h"

#include <Poco/Net/SocketAddress.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/descriptor.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "core/daemon/cluster_feed.h"
#include "core/daemon/cluster_refreshes.h"
#include "core/daemon/file_limit.h"
#include "core/daemon/reloader.h"
#include "core/daemon/retention.h"
#include "core/delivery/dispatcher.h"
#include "core/http/admin/admin_api.h"
#include "core/http/server.h"
#include "core/http/webhook_endpoint.h"
#include "core/intake/intake.h"
#include "core/metrics/metrics.h"
#include "core/operations/operations.h"
#include "core/refresh/command_refresher.h"
#include "core/refresh/http_refresher.h"
#include "core/refresh/name_resolver.h"
#include "storage/open_store.h"

namespace landfall::daemon {
namespace {

constexpr std::chrono::milliseconds kAnswerWithin{950};  // promised: a second in every case
constexpr std::chrono::milliseconds kFinishRequests{5000};
constexpr std::chrono::milliseconds kFinishAttempts{20000};
constexpr std::chrono::milliseconds kTidyEvery{30000};
constexpr std::size_t kWebhookThreads = 2;
constexpr std::size_t kAdminThreads = 4;
constexpr std::uint64_t kMaxAdminBody = std::uint64_t{2} * 1024 * 1024;
constexpr std::size_t kMaxAdminConnections = 1024;

/// Signals of the process, and the word of others that files or the cluster changed, as one place to wait at.
class Wakeups {
 public:
  enum class Reason { Nothing, Reload, ClusterChanged, Stop };

  /// Blocks the signals for this thread and all that it starts.
  Wakeups() : signals_(openSignals()), files_(::eventfd(0, EFD_CLOEXEC)), cluster_(::eventfd(0, EFD_CLOEXEC)) {}

  /// Nothing: for so long.
  Reason wait(std::chrono::milliseconds patience) const {
    while (true) {
      std::array<pollfd, 3> ready{
          {{signals_.get(), POLLIN, 0}, {files_.get(), POLLIN, 0}, {cluster_.get(), POLLIN, 0}}};
      const int came = ::poll(ready.data(), ready.size(), static_cast<int>(patience.count()));
      if (came == 0) return Reason::Nothing;
      if (came < 0) continue;  // EINTR: by a debugger, say
      if ((ready[0].revents & POLLIN) != 0) {
        signalfd_siginfo signal{};
        if (::read(signals_.get(), &signal, sizeof signal) != sizeof signal) continue;
        return signal.ssi_signo == SIGHUP ? Reason::Reload : Reason::Stop;
      }
      if (taken(ready[1])) return Reason::Reload;
      if (taken(ready[2])) return Reason::ClusterChanged;
    }
  }

  /// Any thread.
  void filesChanged() const { tell(files_); }
  void clusterChanged() const { tell(cluster_); }

 private:
  static void tell(const base::Descriptor& event) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event.get(), &one, sizeof one);
  }

  static bool taken(const pollfd& event) {
    std::uint64_t count = 0;
    return (event.revents & POLLIN) != 0 && ::read(event.fd, &count, sizeof count) == sizeof count;
  }

  static int openSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return ::signalfd(-1, &set, SFD_CLOEXEC);
  }

  const base::Descriptor signals_;
  const base::Descriptor files_;
  const base::Descriptor cluster_;
};

/// Who makes this process' attempts: the host's name and the process.
std::string nodeName() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {};
  return fmt::format("{}-{}", host.data(), ::getpid());
}

std::string urlOf(const config::ListenAddress& address, const http::Server& server) {
  return (server.servesTls() ? "https://" : "http://") + config::ListenAddress{address.host, server.port()}.text();
}

/// Shows new clients the certificate that a reload brought. TLS as such is never switched on or off by one.
void renewCertificate(http::Server* server, const std::optional<base::TlsMaterial>& tls, base::Log& log) {
  if (server == nullptr || !tls) return;
  if (const base::Status renewed = server->setTls(*tls); !renewed.ok()) {
    log.error("daemon", "a listener keeps its old certificate", {{"error", renewed.message()}});
  }
}

http::AnswerObserver observer(metrics::Metrics& metrics, metrics::Listener listener) {
  return [&metrics, listener](int status, std::optional<std::chrono::nanoseconds> took) {
    metrics.responded(listener, status, took);
  };
}

http::ServerOptions webhookOptions(const config::Configuration& configuration, metrics::Metrics& metrics) {
  const config::Settings& settings = configuration.settings;
  http::ServerOptions options;
  options.tls = configuration.webhooks_tls;
  options.name = "webhooks";
  options.host = settings.webhooks.listen.host;
  options.port = settings.webhooks.listen.port;
  options.handler_threads = kWebhookThreads;
  options.max_connections = settings.webhooks.max_connections;
  options.max_body_bytes = settings.webhooks.max_body_bytes;
  options.answer_timeout = kAnswerWithin;
  options.answered = observer(metrics, metrics::Listener::Webhooks);
  return options;
}

http::ServerOptions adminOptions(const config::Configuration& configuration, metrics::Metrics& metrics) {
  const config::Settings& settings = configuration.settings;
  http::ServerOptions options;
  options.tls = configuration.admin_tls;
  options.name = "admin";
  options.host = settings.admin.listen.host;
  options.port = settings.admin.listen.port;
  options.handler_threads = kAdminThreads;
  options.max_connections = kMaxAdminConnections;
  options.max_body_bytes = kMaxAdminBody;
  options.answered = observer(metrics, metrics::Listener::Admin);
  return options;
}

refresh::AddressRules addressRules(const config::Settings& settings, const std::vector<Poco::Net::SocketAddress>& own) {
  return {settings.refreshers.http_allowed_networks, own};
}

/// Refreshes as a Warehouse's target says. Connections and rules are those of one configuration, and go with it;
/// programs and unanswered questions to name servers live as long as the process.
class Refreshers {
 public:
  /// Before the first run, and whenever the configuration or its own listeners changed.
  void apply(const config::Configuration& configuration, const std::vector<Poco::Net::SocketAddress>& own_listeners) {
    const auto secrets = std::make_shared<const refresh::Secrets>(
        configuration.secrets != nullptr ? *configuration.secrets : std::vector<std::string>());
    secrets_.swap(secrets);
    http_.swap(std::make_shared<refresh::HttpRefresher>(addressRules(configuration.settings, own_listeners), resolver_,
                                                        refresh::HttpCalls{configuration.http_ca_pem, secrets, stop_}));
  }

  /// Before the first run: `cluster` is where objects are annotated, and must outlive the last one.
  void annotateIn(ClusterRefreshes& cluster) { cluster_ = &cluster; }

  refresh::RefreshResult refresh(const refresh::RefreshRun& run) const {
    const model::RefreshTarget& target = run.warehouse.refresh;
    if (const auto* const command = std::get_if<model::CommandTarget>(&target))
      return command_.refresh(run, *command, *secrets_.get());
    if (const auto* const object = std::get_if<model::KubernetesTarget>(&target)) {
      if (cluster_ == nullptr) return {.detail = "landfall.yaml names no cluster"};
      return cluster_->refresh(run, *object);
    }
    return http_.get()->refresh(run, std::get<model::HttpTarget>(target));
  }

  void tidy() const { http_.get()->tidy(); }
  /// Ends what is under way, for good.
  void stop() {
    stop_->stop();
    command_.stop();
  }

 private:
  const std::shared_ptr<const refresh::StopSignal> stop_ = std::make_shared<const refresh::StopSignal>();
  const refresh::SystemResolver resolver_{stop_->descriptor()};
  base::Snapshot<refresh::Secrets> secrets_;
  base::Snapshot<refresh::HttpRefresher> http_;
  refresh::CommandRefresher command_;
  ClusterRefreshes* cluster_ = nullptr;  ///< null: landfall.yaml names none
};

std::vector<http::TargetView> targetViews(const std::vector<delivery::TargetState>& targets) {
  std::vector<http::TargetView> views;
  views.reserve(targets.size());
  for (const auto& target : targets) {
    views.push_back(
        {target.host, std::string(delivery::name(target.breaker)), target.failures, target.retry_at, target.running});
  }
  return views;
}

/// Empty when everything that is configured is known.
std::string notYetKnown(const config::Configuration& configuration, const ClusterFeed& cluster) {
  if (configuration.complete) return {};
  std::string waiting_for;
  const auto health = cluster.health();
  if (health) {
    for (const auto& list : health->waiting_for) waiting_for += (waiting_for.empty() ? "" : "; ") + list;
  }
  return "not everything in the cluster is known yet" + (waiting_for.empty() ? "" : "; waiting for " + waiting_for);
}

}  // namespace

ServeEnd serve(const std::filesystem::path& settings_file) {
  const Wakeups wakeups;
  const base::SystemClock clock;
  base::Log log(clock);
  metrics::Metrics metrics(clock.now());
  base::Snapshot<config::Configuration> configuration;
  Refreshers refreshers;
  std::vector<Poco::Net::SocketAddress> own_listeners;  // constant once the dispatcher runs
  http::Server* webhook_server = nullptr;               // constant once it is open
  http::Server* admin_server = nullptr;                 // likewise
  ClusterRefreshes* cluster = nullptr;                  // constant once the dispatcher runs
  bool ready = false;                                   // constant once somebody else may reload

  // The first lines are to have the level and format that the file asks for; what is wrong in it is told by the reload.
  if (const auto read = config::readSettings(settings_file); !config::hasErrors(read.problems)) {
    log.setLevel(read.settings.log.level, read.settings.log.loggers);
    log.setFormat(read.settings.log.format);
  }
  ClusterFeed cluster_feed([&] { wakeups.clusterChanged(); },
                           [&](const kubernetes::ResourceType& type, const kubernetes::Object& object) {
                             if (cluster != nullptr) cluster->seen(type, object);
                           },
                           clock, log);
  Reloader reloader(
      settings_file, configuration, [&] { return cluster_feed.state(); }, clock, log,
      [&](const config::Configuration& current) {
        if (ready) cluster_feed.follow(current);
        log.setLevel(current.settings.log.level, current.settings.log.loggers);
        log.setFormat(current.settings.log.format);
        refreshers.apply(current, own_listeners);
        if (cluster != nullptr) cluster->configured(configuration.get());
        if (webhook_server != nullptr) webhook_server->setMaxBodyBytes(current.settings.webhooks.max_body_bytes);
        renewCertificate(webhook_server, current.webhooks_tls, log);
        renewCertificate(admin_server, current.admin_tls, log);
      },
      [&] { wakeups.filesChanged(); });
  if (!reloader.reload().applied) return ServeEnd::Configuration;
  const config::Settings settings = configuration.get()->settings;
  raiseFileLimit(settings.webhooks.max_connections, log);

  auto opened_store =
      storage::openStore({.url = settings.storage.url,
                          .committed = [&](const storage::Committed& committed) { metrics.committed(committed); }},
                         log);
  if (!opened_store.ok()) {
    log.error("daemon", "cannot start", {{"error", opened_store.status().message()}});
    return ServeEnd::Failed;
  }
  storage::Store& store = **opened_store;

  intake::Intake intake(
      configuration, store, clock, log,
      [&](const model::ReceiverKey* receiver, const intake::Answer& answer) { metrics.answered(receiver, answer); });
  auto webhooks = http::Server::open(
      webhookOptions(*configuration.get(), metrics),
      [&](http::Request request, http::Responder responder) {
        http::handleWebhook(intake, configuration.get()->settings.webhooks.trusted_proxies, std::move(request),
                            std::move(responder));
      },
      log);
  if (!webhooks.ok()) {
    log.error("daemon", "cannot start", {{"error", webhooks.status().message()}});
    return ServeEnd::Failed;
  }
  webhook_server = webhooks->get();

  const delivery::Dispatcher* running_dispatcher = nullptr;  // constant before anybody can ask the API
  const auto figuresNow = [&] {
    metrics::Figures figures;
    figures.now = clock.now();
    figures.configuration = configuration.get();
    figures.reloads = reloader.figures();
    figures.store = store.figures();
    figures.store_writable = store.health().ok();
    // Only what there is now is wanted of them, so the shortest stretch of time.
    if (auto stats = store.stats({.since = figures.now - std::chrono::minutes(1), .until = figures.now}); stats.ok()) {
      figures.stats = std::move(stats).value();
    }
    figures.targets = running_dispatcher->targets();
    if (const auto health = cluster_feed.health()) figures.cluster_connected = health->connected;
    figures.webhook_connections = webhook_server->connections();
    figures.admin_connections = admin_server->connections();
    return figures;
  };

  std::atomic<bool> stopping = false;
  const http::HostControl host{[&] { return reloader.reload(); },
                               [&] { return reloader.lastReport(); },
                               [&]() -> std::string {
                                 if (stopping) return "shutting down";
                                 const base::Status health = store.health();
                                 if (!health.ok()) return "the store cannot be written: " + health.message();
                                 return notYetKnown(*configuration.get(), cluster_feed);
                               },
                               [&] { return metrics.text(figuresNow()); },
                               [&] { return targetViews(running_dispatcher->targets()); },
                               [&] { return cluster_feed.health(); }};
  operations::Operations operations(store, clock, log);
  http::EventFeed feed(configuration, store, log, {});
  http::AdminApi api({configuration, store, intake, operations, feed, clock, host}, log);
  auto admin = http::Server::open(
      adminOptions(*configuration.get(), metrics),
      [&](http::Request request, http::Responder responder) { api.handle(std::move(request), std::move(responder)); },
      log);
  if (!admin.ok()) {
    log.error("daemon", "cannot start", {{"error", admin.status().message()}});
    return ServeEnd::Failed;
  }
  admin_server = admin->get();
  own_listeners = {{settings.webhooks.listen.host, (*webhooks)->port()},
                   {settings.admin.listen.host, (*admin)->port()}};
  refreshers.apply(*configuration.get(), own_listeners);

  std::optional<ClusterRefreshes> cluster_refreshes;
  if (settings.kubernetes.enabled) {
    cluster = &cluster_refreshes.emplace(store, configuration, clock, log, metrics);
    if (const base::Status started = cluster->start(); !started.ok()) {
      log.error("daemon", "cannot start", {{"error", started.message()}});
      return ServeEnd::Failed;
    }
    cluster->configured(configuration.get());
    refreshers.annotateIn(*cluster);
  }

  delivery::Dispatcher dispatcher(
      configuration, store, [&](const refresh::RefreshRun& run) { return refreshers.refresh(run); }, clock, log,
      {.node = nodeName(),
       .workers = settings.delivery.workers,
       .jitter = base::randomUnit,
       .attempted = [&](std::string_view refresher, model::AttemptOutcome outcome,
                        std::chrono::milliseconds took) { metrics.attempted(refresher, outcome, took); },
       .settled =
           [&](const storage::Settlement& settlement) {
             if (cluster != nullptr) cluster->settled(settlement);
           }});
  running_dispatcher = &dispatcher;
  store.onDeliveriesChanged([&] { dispatcher.wake(); });
  if (const base::Status started = dispatcher.start(); !started.ok()) {
    log.error("daemon", "cannot start", {{"error", started.message()}});
    refreshers.stop();
    if (cluster != nullptr) cluster->stop();
    return ServeEnd::Failed;
  }
  store.onHistoryChanged([&] { feed.wake(); });
  ready = true;
  cluster_feed.follow(*configuration.get());
  (*admin)->start();
  (*webhooks)->start();
  std::optional<Retention> retention(std::in_place, configuration, store, clock, log);
  log.info("daemon", "ready",
           {{"webhooks", urlOf(settings.webhooks.listen, **webhooks)},
            {"admin", urlOf(settings.admin.listen, **admin)},
            {"version", LANDFALL_VERSION}});

  auto reason = wakeups.wait(kTidyEvery);
  for (; reason != Wakeups::Reason::Stop; reason = wakeups.wait(kTidyEvery)) {
    if (reason == Wakeups::Reason::Nothing) {
      refreshers.tidy();
    } else {
      // The reloader logs what came of it; a refused one leaves everything as it is.
      const auto cause = reason == Wakeups::Reason::ClusterChanged ? Reloader::Cause::Cluster : Reloader::Cause::Asked;
      [[maybe_unused]] const auto report = reloader.reload(cause);
    }
  }

  log.info("daemon", "stopping");
  stopping = true;
  cluster_feed.stop();
  retention.reset();
  (*webhooks)->stop(kFinishRequests);
  dispatcher.stop(kFinishAttempts);
  // What is still running was cut short: the dispatcher's end waits for it.
  refreshers.stop();
  if (cluster != nullptr) cluster->stop();
  (*admin)->stop(kFinishRequests);
  operations.stop();
  store.close();
  log.info("daemon", "stopped");
  return ServeEnd::Stopped;
}

}  // namespace landfall::daemon
