#include "platform/metrics/http_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace waybill::metrics {
namespace {

constexpr std::size_t kMaxConnections = 256;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kLongestPoll{1000};

}  // namespace

HttpServer::HttpServer(Socket listener, Accept accept, HttpHandler handler)
    : listener_(std::move(listener)),
      accept_(std::move(accept)),
      handler_(std::move(handler)),
      stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void HttpServer::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.fd(), 1);
  thread_.join();
}

void HttpServer::Run() {
  while (Poll()) {
  }
  connections_.clear();
}

bool HttpServer::Poll() {
  const bool accepting = Clock::now() >= accept_from_;
  std::vector<pollfd> fds = {{stop_.fd(), POLLIN, 0}, {accepting ? listener_.fd() : -1, POLLIN, 0}};
  for (const HttpConnection& one : connections_) fds.push_back({one.fd(), one.events(), 0});
  if (poll(fds.data(), fds.size(), TimeoutMs()) < 0) return true;
  const Clock::time_point now = Clock::now();
  auto polled = fds.cbegin() + 2;
  std::erase_if(connections_, [&](HttpConnection& one) {
    if ((polled++)->revents != 0 && !one.Continue()) return true;
    return one.deadline() <= now;
  });
  if (fds[1].revents != 0) AcceptAll();
  return fds[0].revents == 0;
}

int HttpServer::TimeoutMs() const {
  const Clock::time_point now = Clock::now();
  Clock::time_point wake = now + kLongestPoll;
  for (const HttpConnection& one : connections_) wake = std::min(wake, one.deadline());
  if (accept_from_ > now) wake = std::min(wake, accept_from_);
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(wake, now) - now).count());
}

void HttpServer::AcceptAll() {
  while (true) {
    Socket socket(accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.fd() >= 0) {
      if (connections_.size() == kMaxConnections) connections_.pop_front();
      connections_.emplace_back(accept_(std::move(socket)), handler_);
    } else if (errno == ECONNABORTED || errno == EINTR) {
      continue;
    } else {
      // Without a descriptor left (EMFILE), the listener stays readable.
      if (errno != EAGAIN && errno != EWOULDBLOCK) accept_from_ = Clock::now() + kAcceptPause;
      return;
    }
  }
}

}  // namespace waybill::metrics
