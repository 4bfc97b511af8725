// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "core/adapters/adapter.h"
#include "core/base/crypto.h"
#include "core/base/log.h"
#include "core/cli/api_client.h"
#include "core/cli/command.h"
#include "core/cli/configuration_file.h"
#include "core/cli/table.h"

namespace landfall::cli {
namespace {

struct Arguments {
  std::string adapter;
  std::string sample;
  std::string file;
  std::string config;
  std::string receiver;
  std::string to;
  TlsFiles tls;
  bool json = false;
};

/// The receiver that is meant, or nothing with the reason on standard error.
std::shared_ptr<const config::Receiver> findReceiver(const config::Configuration& configuration,
                                                     const Arguments& arguments) {
  std::vector<std::shared_ptr<const config::Receiver>> found;
  std::string known;
  for (const auto& receiver : configuration.receivers) {
    if (receiver->adapter != arguments.adapter) continue;
    known += " " + receiver->key.text();
    if (arguments.receiver.empty() || receiver->key.text() == arguments.receiver ||
        receiver->key.name == arguments.receiver) {
      found.push_back(receiver);
    }
  }
  if (found.size() == 1) return found.front();
  std::cerr << "landfall: " << (found.empty() ? "no" : "more than one") << " receiver of adapter " << arguments.adapter
            << (arguments.receiver.empty() ? "" : " named " + arguments.receiver)
            << "; known:" << (known.empty() ? " none" : known) << " (choose with --receiver)\n";
  return nullptr;
}

const adapters::SampleDescription* findSample(const adapters::PluginDescription& plugin, const std::string& name) {
  if (name.empty()) return &plugin.samples.front();
  const auto found = std::find_if(plugin.samples.begin(), plugin.samples.end(),
                                  [&](const adapters::SampleDescription& sample) { return sample.name == name; });
  if (found != plugin.samples.end()) return &*found;
  std::cerr << "landfall: adapter " << plugin.id << " has no sample " << name << "; it has:\n";
  for (const auto& sample : plugin.samples) std::cerr << "  " << sample.name << ": " << sample.meaning << '\n';
  return nullptr;
}

using SentHeaders = std::vector<std::pair<std::string, std::string>>;

/// Adds the receiver's own credential, unless the adapter's is in the same header: a sender has one of them only.
void addBasicCredential(const config::Receiver& receiver, SentHeaders& headers) {
  if (receiver.basic_auth.empty()) return;
  const auto is_authorization = [](const auto& header) {
    return CLI::detail::to_lower(header.first) == "authorization";
  };
  if (std::any_of(headers.begin(), headers.end(), is_authorization)) return;
  const config::BasicCredential& newest = receiver.basic_auth.front();
  headers.emplace_back("Authorization", "Basic " + base::toBase64(newest.username + ":" + newest.password));
}

ExitCode run(const Arguments& arguments) {
  const base::SystemClock clock;
  base::Log log(clock, dropLine);
  const auto configuration = loadConfigurationFile(arguments.config, clock, log);
  if (configuration == nullptr) return ExitCode::Configuration;
  const auto receiver = findReceiver(*configuration, arguments);
  if (receiver == nullptr) return ExitCode::Usage;
  if (receiver->client_certificate_subject && arguments.tls.certificate_file.empty()) {
    std::cerr << "landfall: receiver " << receiver->key.text() << " asks for a client's certificate made out to "
              << *receiver->client_certificate_subject << ": name it with --client-cert and --client-key\n";
    return ExitCode::Usage;
  }
  const adapters::SampleDescription* sample = findSample(receiver->instance->plugin().description(), arguments.sample);
  if (sample == nullptr) return ExitCode::Usage;

  std::string body = sample->body;
  if (!arguments.file.empty()) {
    std::ifstream in(arguments.file, std::ios::binary);
    if (!in) {
      std::cerr << "landfall: cannot read " << arguments.file << '\n';
      return ExitCode::Failed;
    }
    body.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::vector<model::Header> headers = sample->headers;
  const auto signature = receiver->instance->sign({"POST", "", headers, body});
  if (!signature.ok()) {
    std::cerr << "landfall: the sample could not be signed: " << signature.status().message() << '\n';
    return ExitCode::Failed;
  }
  SentHeaders sent;
  sent.reserve(headers.size() + signature->size());
  for (const auto& header : headers) sent.emplace_back(header.name, header.value);
  for (const auto& header : *signature) sent.emplace_back(header.name, header.value);
  addBasicCredential(*receiver, sent);

  const std::string origin =
      arguments.to.empty() ? config::originOf(configuration->settings.base_url) : config::originOf(arguments.to);
  std::string failure;
  const auto answer = callHttp("POST", origin + receiver->paths.front(), sent, body, arguments.tls, failure);
  if (!answer) {
    std::cerr << "landfall: no answer from " << origin << ": " << failure
              << " (is the server running? --to says where)\n";
    return ExitCode::Unavailable;
  }
  if (!arguments.json) {
    std::cout << "sent " << (arguments.file.empty() ? sample->name : arguments.file) << " to " << receiver->key.text()
              << ": " << answer->status << ' ';
  }
  std::cout << printable(answer->body) << '\n';
  return answer->status == 200 ? ExitCode::Done : ExitCode::Failed;
}

}  // namespace

void addSend(CLI::App& app, ExitCode& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("send", "Post a sample of a registry's webhook to a receiver, signed as the registry would");
  command->add_option("adapter", arguments->adapter, "quay, dockerhub, harbor, europa, ...")->required();
  command->add_option("sample", arguments->sample, "Which of the adapter's samples (default: its first)");
  command
      ->add_option("--config", arguments->config,
                   "Path of the server's landfall.yaml: names the receiver's URL and secret")
      ->required();
  command->add_option("--file", arguments->file, "Send this body instead of a sample's");
  command->add_option("--receiver", arguments->receiver, "project/name, when several receivers use the adapter");
  command->add_option("--to", arguments->to, "Where the webhook listener is, when not at baseUrl (https://host:port)");
  arguments->tls.addTrustTo(*command);
  arguments->tls.addIdentityTo(*command);
  command->add_flag("--json", arguments->json, "Print the answer's body alone");
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace landfall::cli
