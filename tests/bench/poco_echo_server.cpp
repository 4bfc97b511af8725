// SPDX-License-Identifier: Apache-2.0
// The yardstick: a thread per connection, the body parsed as JSON, a small JSON answered, nothing stored.
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

namespace {

class EchoHandler final : public Poco::Net::HTTPRequestHandler {
 public:
  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    std::string body;
    Poco::StreamCopier::copyToString(request.stream(), body);
    const auto parsed = nlohmann::json::parse(body, nullptr, false);
    const std::string answer = nlohmann::json{{"bytes", body.size()}, {"json", !parsed.is_discarded()}}.dump();
    response.setContentType("application/json");
    response.sendBuffer(answer.data(), answer.size());
  }
};

class EchoFactory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new EchoHandler;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", port), 1024);
  Poco::ThreadPool threads(16, 1024);
  auto* params = new Poco::Net::HTTPServerParams;  // the server shares it by reference count
  params->setKeepAlive(true);
  params->setMaxKeepAliveRequests(0);
  params->setMaxThreads(1024);
  params->setMaxQueued(1024);
  Poco::Net::HTTPServer server(new EchoFactory, threads, listener, params);
  server.start();
  std::printf("%u\n", static_cast<unsigned>(listener.address().port()));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  server.stopAll(true);
  return 0;
}
