// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace landfall::testing {

struct StreamMessage {
  std::string type;
  std::string id;
  nlohmann::json data;
};

/// True when the line ends a message; then all of it is in `message`.
inline bool takeLine(const std::string& line, StreamMessage& message) {
  if (line.starts_with("event: ")) message.type = line.substr(7);
  if (line.starts_with("id: ")) message.id = line.substr(4);
  if (line.starts_with("data: ")) message.data = nlohmann::json::parse(line.substr(6));
  return line.empty() && !message.type.empty();
}

/// Reads the event stream in a thread of its own, until it ends or the object goes.
class StreamReader {
 public:
  using Message = StreamMessage;

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
      // A line that the end of the stream cut short counts for nothing.
      for (std::string line; std::getline(body, line) && !body.eof();) take(line, message);
    } catch (const Poco::Exception&) {
      // As when it ends.
    }
    ended_ = true;
  }

  void take(const std::string& line, Message& message) {
    if (!takeLine(line, message)) return;
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::exchange(message, {}));
  }

  Poco::Net::HTTPClientSession session_;
  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;
  std::vector<Message> messages_;  ///< guarded by mutex_
  std::thread thread_;
};

/// Asks for the stream of events, and then takes nothing of it until it is told to.
class IdleReader {
 public:
  explicit IdleReader(std::uint16_t port) {
    // Before it connects: later the window has been told.
    socket_.setReceiveBufferSize(4096);
    socket_.connect(Poco::Net::SocketAddress("127.0.0.1", port));
    socket_.setReceiveTimeout(Poco::Timespan(30, 0));
    const std::string request = "GET /api/v1/events/stream?types=event HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    socket_.sendBytes(request.data(), static_cast<int>(request.size()));
    // The first bytes say that the stream has begun.
    while (read_.find("event: hello") == std::string::npos) {
      if (!receive()) throw std::runtime_error("no stream: " + read_);
    }
  }

  /// All messages that came until the server closed.
  std::vector<StreamMessage> readToTheEnd() {
    socket_.setReceiveBufferSize(1 << 20);
    while (receive()) {
    }
    std::vector<StreamMessage> messages;
    StreamMessage message;
    std::istringstream lines(read_.substr(read_.find("\r\n\r\n") + 4));
    for (std::string line; std::getline(lines, line);) {
      if (takeLine(line, message)) messages.push_back(std::exchange(message, {}));
    }
    return messages;
  }

 private:
  bool receive() {
    std::array<char, 16384> buffer;
    const int count = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    read_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  Poco::Net::StreamSocket socket_{Poco::Net::SocketAddress::IPv4};
  std::string read_;
};

}  // namespace landfall::testing
