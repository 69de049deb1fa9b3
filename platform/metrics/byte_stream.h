// ByteStream is what a client and the server send each other, in plain text or over TLS.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <span>
#include <utility>

#include "platform/metrics/socket.h"
#include "platform/tls/server_context.h"

namespace waybill::metrics {

// Never blocks. One thread.
class ByteStream {
 public:
  // Without `ssl` in plain text. The handshake is a part of the first Read.
  ByteStream(Socket socket, tls::SslPtr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  // How many bytes were read or written, or one of the below.
  static constexpr ssize_t kEnded = 0;
  static constexpr ssize_t kWouldBlock = -1;
  ssize_t Read(std::span<char> bytes);
  ssize_t Write(std::span<const char> bytes);
  // Tells the client that nothing more comes.
  void EndWriting();

  int fd() const { return socket_.fd(); }
  // What to poll for before the next attempt: POLLIN or POLLOUT.
  short events() const { return events_; }

 private:
  ssize_t OutcomeOf(ssize_t size, short events);
  ssize_t TlsOutcomeOf(int size);

  Socket socket_;
  // Ends before the socket.
  tls::SslPtr ssl_;
  short events_ = POLLIN;
};

}  // namespace waybill::metrics
