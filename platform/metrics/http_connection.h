// HttpConnection carries one request and its answer over one connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "platform/metrics/byte_stream.h"

namespace waybill::metrics {

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
};

// Answers a GET of `path`, which has no query.
using HttpHandler = std::function<HttpAnswer(std::string_view path)>;

// Reads a request's head, of at most 8 KiB, sends the answer, then waits for the client to close, so
// that no reset overtakes the answer. Each step has a deadline that no trickle of bytes moves:
// 10 s for a TLS handshake, 1 s for the head, 5 s for the client to take the answer, 1 s for it to close. Never blocks. One
// thread; borrows the handler.
class HttpConnection {
 public:
  // Monotonic: a clock that is set must not end connections.
  using Clock = std::chrono::steady_clock;

  HttpConnection(ByteStream stream, const HttpHandler& handler);

  int fd() const { return stream_.fd(); }
  // What to poll for: POLLIN or POLLOUT.
  short events() const { return stream_.events(); }
  // When the connection is to be dropped, unless Continue has moved it on by then.
  Clock::time_point deadline() const { return deadline_; }
  // Goes on as far as the socket lets it. False when the connection has ended.
  bool Continue();

 private:
  enum class Step { kHandshake, kRead, kWrite, kAwaitClose };

  bool Handshake();
  bool Read();
  bool Write();
  bool AwaitClose();
  void Answer();

  ByteStream stream_;
  const HttpHandler* handler_;
  Step step_;
  Clock::time_point deadline_;
  std::string head_;
  std::string answer_;
  std::size_t written_ = 0;
};

}  // namespace waybill::metrics
