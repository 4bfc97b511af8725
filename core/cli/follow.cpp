// SPDX-License-Identifier: Apache-2.0
#include "core/cli/follow.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

namespace landfall::cli {
namespace {

constexpr std::chrono::milliseconds kFirstWait{500};
constexpr std::chrono::milliseconds kLongestWait{10000};

/// Ends the program when it is told to, but never in the middle of a line.
class CleanEnd {
 public:
  CleanEnd() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // What it needs is its own: nothing waits for it when the program ends otherwise.
    std::thread([signals, printing = printing_] {
      int signal = 0;
      sigwait(&signals, &signal);
      printing->lock();
      std::_Exit(static_cast<int>(ExitCode::Done));
    }).detach();
  }

  /// False: nobody reads any more.
  bool print(const std::string& line) const {
    const std::lock_guard lock(*printing_);
    std::cout << line << std::endl;
    return std::cout.good();
  }

 private:
  std::shared_ptr<std::mutex> printing_ = std::make_shared<std::mutex>();
};

/// The messages of a stream of server-sent events, line by line.
class Messages {
 public:
  /// True when the line ends a message; then it is in type(), data() and id().
  bool take(std::string_view line) {
    if (ended_) {
      type_.clear();
      data_.clear();
    }
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    ended_ = line.empty();
    const auto colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "event") type_ = value;
    if (name == "data") data_ += value;
    if (name == "id") next_id_ = value;
    if (ended_) id_ = next_id_;
    return ended_ && !type_.empty();
  }

  const std::string& type() const { return type_; }
  const std::string& data() const { return data_; }
  /// Of the last whole message, also of an earlier connection.
  const std::string& id() const { return id_; }
  /// What came of a message that did not end is forgotten.
  void beginAnew() {
    type_.clear();
    data_.clear();
    next_id_ = id_;
  }

 private:
  std::string type_, data_, id_, next_id_;
  bool ended_ = false;
};

}  // namespace

ExitCode follow(const ApiClient& client, const Following& following) {
  const CleanEnd output;
  Messages messages;
  bool is_read = true;
  auto wait = kFirstWait;
  while (true) {
    const bool resumes = !messages.id().empty();
    const ExitCode end =
        client.stream("events/stream", following.filters, resumes ? Pairs{{"Last-Event-ID", messages.id()}} : Pairs{},
                      [&](std::string_view line) {
                        if (!messages.take(line)) return true;
                        wait = kFirstWait;
                        if (messages.type() != "event") return true;
                        const std::string text = following.line(messages.data());
                        if (!text.empty()) is_read = output.print(text);
                        return is_read;
                      });
    if (!is_read) return ExitCode::Done;
    const bool may_heal = end == ExitCode::Done || end == ExitCode::Unavailable;
    if (!may_heal || (end != ExitCode::Done && messages.id().empty())) return end;
    messages.beginAnew();
    std::this_thread::sleep_for(wait);
    wait = std::min(wait * 2, kLongestWait);
  }
}

}  // namespace landfall::cli
