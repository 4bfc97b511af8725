// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace landfall::testing {

/// Reads the event stream in a thread of its own, until it ends or the object goes.
class StreamReader {
 public:
  struct Message {
    std::string type;
    std::string id;
    nlohmann::json data;
  };

  /// `last_id` empty: from now on. `query` with its question mark.
  explicit StreamReader(std::uint16_t port, const std::string& query = "", const std::string& last_id = "")
      : session_("127.0.0.1", port) {
    thread_ = std::thread([this, query, last_id] { run(query, last_id); });
  }
  ~StreamReader() {
    session_.abort();
    thread_.join();
  }
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  std::vector<Message> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }
  /// Of the events or deliveries that came, in their order.
  std::vector<std::string> ids(const std::string& type) const {
    std::vector<std::string> all;
    for (const auto& message : messages()) {
      if (message.type == type) all.push_back(message.data.at("id"));
    }
    return all;
  }
  std::string lastId() const {
    const std::lock_guard lock(mutex_);
    return messages_.empty() ? "" : messages_.back().id;
  }
  bool ended() const { return ended_; }

 private:
  void run(const std::string& query, const std::string& last_id) {
    try {
      Poco::Net::HTTPRequest request("GET", "/api/v1/events/stream" + query, Poco::Net::HTTPMessage::HTTP_1_1);
      if (!last_id.empty()) request.set("Last-Event-ID", last_id);
      session_.sendRequest(request);
      Poco::Net::HTTPResponse response;
      auto& body = session_.receiveResponse(response);
      Message message;
      for (std::string line; std::getline(body, line);) take(line, message);
    } catch (const Poco::Exception&) {
      // As when it ends.
    }
    ended_ = true;
  }

  void take(const std::string& line, Message& message) {
    if (line.starts_with("event: ")) message.type = line.substr(7);
    if (line.starts_with("id: ")) message.id = line.substr(4);
    if (line.starts_with("data: ")) message.data = nlohmann::json::parse(line.substr(6));
    if (!line.empty() || message.type.empty()) return;
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::exchange(message, {}));
  }

  Poco::Net::HTTPClientSession session_;
  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;
  std::vector<Message> messages_;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace landfall::testing
