// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/kubernetes/real_cluster.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <csignal>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/e2e/http_call.h"
#include "tests/e2e/kubernetes/custom_resources.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

using Session = Poco::Net::HTTPSClientSession;

const std::string kAdminToken = "the-token-of-the-tests";

std::filesystem::path builtFolder() { return std::filesystem::path(LANDFALL_SOURCE_DIR) / "build" / "kubernetes"; }

std::uint16_t freePort() {
  const Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
  return socket.address().port();
}

std::string makeRsaKey() {
  const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(EVP_RSA_gen(2048), &::EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&::BIO_free)> text(::BIO_new(::BIO_s_mem()), &::BIO_free);
  ::PEM_write_bio_PrivateKey_traditional(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// A program that dies with its object, and with this process if that dies first.
class Program {
 public:
  Program(std::vector<std::string> words, const std::filesystem::path& log) {
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(out, STDOUT_FILENO);
      ::dup2(out, STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(out);
  }
  ~Program() {
    // After SIGTERM open watches would keep an API server alive for a minute.
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

 private:
  pid_t pid_ = -1;
};

struct Kind {
  const char* plural;
  bool namespaced = true;
};

const std::map<std::string, Kind>& kinds() {
  static const std::map<std::string, Kind> kKinds{
      {"Namespace", {"namespaces", false}},
      {"Secret", {"secrets"}},
      {"ServiceAccount", {"serviceaccounts"}},
      {"Role", {"roles"}},
      {"RoleBinding", {"rolebindings"}},
      {"ClusterRole", {"clusterroles", false}},
      {"ClusterRoleBinding", {"clusterrolebindings", false}},
      {"CustomResourceDefinition", {"customresourcedefinitions", false}},
      {"Warehouse", {"warehouses"}},
      {"ProjectConfig", {"projectconfigs"}},
      {"ClusterConfig", {"clusterconfigs", false}},
      {"ImageRepository", {"imagerepositories"}},
      {"Application", {"applications"}},
  };
  return kKinds;
}

}  // namespace

std::string pathOf(const std::string& api_version, const std::string& kind, const std::string& space,
                   const std::string& name) {
  const Kind& known = kinds().at(kind);
  std::string path = (api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + api_version;
  if (known.namespaced && !space.empty()) path += "/namespaces/" + space;
  path += std::string("/") + known.plural;
  return name.empty() ? path : path + "/" + name;
}

struct RealCluster::State {
  explicit State(Options with) : options(with) {}

  const Options options;
  TempDir folder;
  std::uint16_t etcd_port = freePort();
  std::uint16_t peer_port = freePort();
  std::uint16_t port = freePort();
  int namespaces = 0;  ///< of tests, so far: tests are repeated, too
  std::unique_ptr<Program> etcd;
  std::unique_ptr<Program> server;
  std::string ca_pem;
  Poco::Net::Context::Ptr context;

  std::mutex mutex;
  std::vector<std::unique_ptr<Session>> sessions;  ///< kept: a handshake costs more than a request

  std::unique_ptr<Session> takeSession() {
    {
      const std::lock_guard lock(mutex);
      if (!sessions.empty()) {
        auto session = std::move(sessions.back());
        sessions.pop_back();
        return session;
      }
    }
    auto session = std::make_unique<Session>("127.0.0.1", port, context);
    session->setKeepAlive(true);
    session->setTimeout(Poco::Timespan(30, 0));
    return session;
  }
  void keep(std::unique_ptr<Session> session) {
    const std::lock_guard lock(mutex);
    sessions.push_back(std::move(session));
  }

  std::string file(const std::string& name) const { return (folder.path() / name).string(); }
  std::string log(const std::string& name) const {
    const std::string text = readFile(folder.path() / name);
    return text.substr(text.size() > 3000 ? text.size() - 3000 : 0);
  }

  void startEtcd() {
    const auto client = fmt::format("http://127.0.0.1:{}", etcd_port);
    const auto peer = fmt::format("http://127.0.0.1:{}", peer_port);
    etcd = std::make_unique<Program>(
        std::vector<std::string>{(builtFolder() / "server").string(), "--name=t", "--data-dir=" + file("etcd"),
                                 "--unsafe-no-fsync", "--listen-client-urls=" + client,
                                 "--advertise-client-urls=" + client, "--listen-peer-urls=" + peer,
                                 "--initial-advertise-peer-urls=" + peer, "--initial-cluster=t=" + peer},
        folder.path() / "etcd.log");
  }

  void startServer() {
    server = std::make_unique<Program>(
        std::vector<std::string>{
            (builtFolder() / "kube-apiserver").string(),
            fmt::format("--etcd-servers=http://127.0.0.1:{}", etcd_port),
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            fmt::format("--secure-port={}", port),
            "--cert-dir=" + file("certs"),
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + file("sa.key"),
            "--service-account-signing-key-file=" + file("sa.key"),
            "--token-auth-file=" + file("tokens.csv"),
            "--authorization-mode=RBAC",
            "--endpoint-reconciler-type=none",
            fmt::format("--watch-cache={}", options.watch_cache),
        },
        folder.path() / "server.log");
  }

  void waitUntilReady(const RealCluster& cluster) {
    if (waitUntil([&] { return cluster.ready(); }, std::chrono::seconds(90))) return;
    throw std::runtime_error("kube-apiserver did not start:\n" + log("server.log") + "\netcd:\n" + log("etcd.log"));
  }
};

std::optional<std::string> RealCluster::whyNot() {
  for (const auto* program : {"kube-apiserver", "server"}) {
    if (!std::filesystem::exists(builtFolder() / program))
      return "no " + (builtFolder() / program).string() + ": ./dev kubernetes builds it";
  }
  return std::nullopt;
}

RealCluster::RealCluster(Options options) : state_(std::make_unique<State>(options)) {
  state_->folder.write("sa.key", makeRsaKey());
  state_->folder.write("tokens.csv", kAdminToken + ",tests,tests,\"system:masters\"\n");
  state_->startEtcd();
  state_->startServer();
  const auto certificate = state_->folder.path() / "certs/apiserver.crt";
  if (!waitUntil([&] { return std::filesystem::exists(certificate) && !readFile(certificate).empty(); }))
    throw std::runtime_error("kube-apiserver made no certificate:\n" + state_->log("server.log"));
  state_->context = new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, certificate.string(),
                                           Poco::Net::Context::VERIFY_STRICT);
  state_->ca_pem = readFile(certificate);
  state_->waitUntilReady(*this);
  for (const auto& definition : customResources()) create(definition);
  for (const auto& definition : customResources()) {
    const auto& spec = definition.at("spec");
    const auto path = fmt::format("/apis/{}/{}/{}", spec.at("group").get<std::string>(),
                                  spec.at("versions").at(0).at("name").get<std::string>(),
                                  spec.at("names").at("plural").get<std::string>());
    if (!waitUntil([&] { return call("GET", path).status == 200; }))
      throw std::runtime_error("a CRD is not served: " + path);
  }
}

RealCluster::~RealCluster() = default;

void RealCluster::kill() {
  state_->server.reset();
  const std::lock_guard lock(state_->mutex);
  state_->sessions.clear();
}

void RealCluster::restart(Wait wait) {
  if (state_->server) kill();
  state_->startServer();
  if (wait == Wait::UntilReady) state_->waitUntilReady(*this);
}

bool RealCluster::ready() const { return state_->server && call("GET", "/readyz").status == 200; }

void RealCluster::compact() const {
  const auto post = [&](const std::string& path, const json& body) {
    const auto answer = callHttp(state_->etcd_port, "POST", path, {{"Content-Type", "application/json"}}, body.dump());
    if (!answer || answer->status != 200) throw std::runtime_error("etcd refused " + path);
    return json::parse(answer->body);
  };
  const auto now = post("/v3/kv/range", {{"key", "AA=="}});
  post("/v3/kv/compaction", {{"revision", now.at("header").at("revision")}, {"physical", true}});
}

std::string RealCluster::url() const { return fmt::format("https://127.0.0.1:{}", state_->port); }

const std::string& RealCluster::caPem() const { return state_->ca_pem; }

kubernetes::Access RealCluster::access(const std::string& token) const {
  kubernetes::Access access;
  access.server = url();
  access.ca_pem = caPem();
  access.token = token.empty() ? kAdminToken : token;
  return access;
}

std::string RealCluster::kubeconfig(const std::string& token) const {
  return fmt::format(
      "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
      "contexts: [{{name: test, context: {{cluster: test, user: test}}}}]\n"
      "clusters: [{{name: test, cluster: {{server: \"{}\", certificate-authority: \"{}\"}}}}]\n"
      "users: [{{name: test, user: {{token: \"{}\"}}}}]\n",
      url(), state_->file("certs/apiserver.crt"), token.empty() ? kAdminToken : token);
}

RealCluster::Answer RealCluster::call(const std::string& method, const std::string& path, const json& body) const {
  try {
    auto session = state_->takeSession();
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
    request.set("Authorization", "Bearer " + kAdminToken);
    const std::string text = body.is_null() ? "" : body.dump();
    if (!body.is_null())
      request.setContentType(method == "PATCH" ? "application/merge-patch+json" : "application/json");
    request.setContentLength64(static_cast<Poco::Int64>(text.size()));
    session->sendRequest(request) << text;
    Poco::Net::HTTPResponse response;
    std::string answer;
    Poco::StreamCopier::copyToString(session->receiveResponse(response), answer);
    state_->keep(std::move(session));
    return {response.getStatus(), json::parse(answer, nullptr, false)};
  } catch (const Poco::Exception&) {
    return {};
  }
}

json RealCluster::must(const std::string& method, const std::string& path, const json& body) const {
  auto answer = call(method, path, body);
  if (answer.status < 200 || answer.status >= 300)
    throw std::runtime_error(fmt::format("{} {}: {} {}", method, path, answer.status, answer.body.dump()));
  return std::move(answer.body);
}

json RealCluster::create(const json& object) const {
  const auto& metadata = object.at("metadata");
  const std::string space = metadata.value("namespace", "");
  return must("POST", testing::pathOf(object.at("apiVersion"), object.at("kind"), space), object);
}

void RealCluster::makeNamespace(const std::string& name) const {
  const auto answer =
      call("POST", "/api/v1/namespaces", {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}});
  if (answer.status != 201 && answer.status != 409) throw std::runtime_error("no namespace " + name);
}

std::string RealCluster::makeNamespaceOfTest() const {
  std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  name = fmt::format("{}-{}", name.substr(0, 50), ++state_->namespaces);
  makeNamespace(name);
  return name;
}

std::string RealCluster::makeAccount(const std::string& space, const std::string& name) const {
  create({{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", name}, {"namespace", space}}}});
  const auto made = must("POST", testing::pathOf("v1", "ServiceAccount", space, name) + "/token",
                         {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}});
  return made.at("status").at("token");
}

void RealCluster::grant(const std::string& space, const std::string& account, const json& rules,
                        const std::string& within) const {
  const std::string api = "rbac.authorization.k8s.io/v1";
  const std::string prefix = within.empty() ? "Cluster" : "";
  json metadata = {{"name", account}};
  if (!within.empty()) metadata["namespace"] = within;
  create({{"apiVersion", api}, {"kind", prefix + "Role"}, {"metadata", metadata}, {"rules", rules}});
  create({{"apiVersion", api},
          {"kind", prefix + "RoleBinding"},
          {"metadata", metadata},
          {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", prefix + "Role"}, {"name", account}}},
          {"subjects", json::array({{{"kind", "ServiceAccount"}, {"name", account}, {"namespace", space}}})}});
}

void RealCluster::revoke(const std::string& account, const std::string& within) const {
  const std::string api = "rbac.authorization.k8s.io/v1";
  const std::string prefix = within.empty() ? "Cluster" : "";
  must("DELETE", testing::pathOf(api, prefix + "RoleBinding", within, account));
  must("DELETE", testing::pathOf(api, prefix + "Role", within, account));
}

RealCluster& theCluster() {
  static const auto kCluster = std::make_unique<RealCluster>(RealCluster::Options{});
  if (!kCluster->ready()) kCluster->restart();
  return *kCluster;
}

}  // namespace landfall::testing
