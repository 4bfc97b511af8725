// SPDX-License-Identifier: Apache-2.0
// Holds an attack on a server of this machine until standard input ends, and then says what became of it.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "tests/support/attackers.h"

int main(int argc, char** argv) {
  landfall::testing::Attack attack;
  CLI::App app("Slow, silent and deaf clients, all at once", "attack");
  app.add_option("--port", attack.port, "on 127.0.0.1")->required();
  app.add_option("--slow", attack.slow, "clients that send one byte a second")->capture_default_str();
  app.add_option("--silent", attack.silent, "clients that send nothing")->capture_default_str();
  app.add_option("--deaf", attack.deaf, "clients that read no answer")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (!landfall::testing::mayOpenFiles(attack.connections() + 64)) {
    std::fprintf(stderr, "attack: this system allows too few open files\n");
    return 2;
  }
  const landfall::testing::Attackers attackers(attack);
  while (attackers.connected() < attack.connections()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::printf("all connected\n");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  std::printf("{\"connected\":%zu,\"slow_closed\":%zu,\"deaf_requests\":%zu}\n", attackers.connected(),
              attackers.slowClosed(), attackers.deafRequests());
}
