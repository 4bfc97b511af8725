// SPDX-License-Identifier: Apache-2.0
#include "core/cli/http_session.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPSClientSession.h>

#include <csignal>

namespace landfall::cli {

void TlsFiles::addTrustTo(CLI::App& command) {
  command.add_option("--ca-file", ca_file, "Certificates (PEM) to trust over https instead of the system's")
      ->envname("LANDFALL_CA_FILE");
}

void TlsFiles::addIdentityTo(CLI::App& command) {
  auto* certificate =
      command.add_option("--client-cert", certificate_file, "A certificate (PEM) to show, its chain behind it");
  auto* key = command.add_option("--client-key", key_file, "Its key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
}

base::Result<std::unique_ptr<Poco::Net::HTTPClientSession>> openSession(const Poco::URI& uri, const TlsFiles& files) {
  using Poco::Net::Context;
  const bool https = uri.getScheme() == "https";
  if ((uri.getScheme() != "http" && !https) || uri.getHost().empty()) {
    return base::invalidArgument(uri.toString() + " is not an http or https URL");
  }
  if (!https) return std::make_unique<Poco::Net::HTTPClientSession>(uri.getHost(), uri.getPort());
  // OpenSSL writes to the socket itself: a server that has hung up would end the program without a word.
  std::signal(SIGPIPE, SIG_IGN);
  Context::Params parameters;
  parameters.caLocation = files.ca_file;
  parameters.certificateFile = files.certificate_file;
  parameters.privateKeyFile = files.key_file;
  parameters.verificationMode = Context::VERIFY_STRICT;  // relaxed, Poco believes whoever calls itself localhost
  parameters.loadDefaultCAs = files.ca_file.empty();
  parameters.cipherList = "HIGH:!aNULL:!MD5";
  try {
    Context::Ptr context = new Context(Context::TLS_CLIENT_USE, parameters);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    std::unique_ptr<Poco::Net::HTTPClientSession> session =
        std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
    return session;
  } catch (const Poco::Exception& problem) {
    return base::invalidArgument("the certificates or the key cannot be used: " + problem.displayText());
  }
}

}  // namespace landfall::cli
