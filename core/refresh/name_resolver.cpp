// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/name_resolver.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "core/base/descriptor.h"

namespace landfall::refresh {
namespace {

using Addresses = std::vector<Poco::Net::SocketAddress>;

constexpr std::size_t kMaxQuestions = 64;

struct Answer {
  base::Descriptor came{::eventfd(0, EFD_CLOEXEC)};
  std::mutex mutex;
  std::optional<base::Result<Addresses>> addresses;  ///< guarded by mutex
};

/// False: `stop` was readable first, or the deadline came.
bool waitFor(const Answer& answer, int stop, Deadline deadline) {
  while (true) {
    std::array<pollfd, 2> ready{{{answer.came.get(), POLLIN, 0}, {stop, POLLIN, 0}}};
    const int count = ::poll(ready.data(), ready.size(), millisecondsTo(deadline));
    if (count >= 0 || errno != EINTR) return count > 0 && ready[1].revents == 0;
  }
}

base::Result<Addresses> ask(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* first = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &first);
  if (code != 0)
    return base::unavailable(fmt::format("the name {} cannot be resolved: {}; check its spelling and the name servers",
                                         host, ::gai_strerror(code)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* entry = all.get(); entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
      addresses.emplace_back(entry->ai_addr, entry->ai_addrlen);
  }
  if (addresses.empty()) return base::unavailable(fmt::format("the name {} has no address", host));
  return addresses;
}

}  // namespace

base::Result<Addresses> SystemResolver::operator()(const std::string& host, std::uint16_t port,
                                                   Deadline deadline) const {
  if (auto address = ask(host, port, AI_NUMERICHOST | AI_NUMERICSERV); address.ok()) return address;

  if (questions_->fetch_add(1) >= kMaxQuestions) {
    questions_->fetch_sub(1);
    return base::unavailable(fmt::format(
        "the name {} was not resolved: {} names wait for an answer; check the name servers", host, kMaxQuestions));
  }
  const auto answer = std::make_shared<Answer>();
  if (answer->came.get() < 0) {
    questions_->fetch_sub(1);
    return base::unavailable(
        fmt::format("the name {} was not resolved: {}", host, std::generic_category().message(errno)));
  }
  try {
    std::thread([answer, questions = questions_, host, port] {
      auto addresses = ask(host, port, AI_NUMERICSERV | AI_ADDRCONFIG);
      questions->fetch_sub(1);
      const std::lock_guard lock(answer->mutex);
      answer->addresses = std::move(addresses);
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(answer->came.get(), &one, sizeof one);
    }).detach();
  } catch (const std::system_error& error) {
    questions_->fetch_sub(1);
    return base::unavailable(fmt::format("the name {} was not resolved: no thread: {}", host, error.what()));
  }

  if (!waitFor(*answer, stop_, deadline))
    return base::unavailable(fmt::format("the name {} was not resolved in time; check the name servers", host));
  const std::lock_guard lock(answer->mutex);
  return *std::move(answer->addresses);
}

}  // namespace landfall::refresh
