// ByteStream reads and writes a client's connection, in plain text or over TLS.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <span>
#include <utility>

#include "platform/metrics/socket.h"
#include "platform/tls/server_context.h"

namespace waybill::metrics {

// Owns the socket. Never blocks. Not thread-safe.
class ByteStream {
 public:
  // In plain text if `ssl` is null.
  ByteStream(Socket socket, tls::SslPtr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  // Return the number of bytes read or written; kEnded if the client has closed the connection or it has
  // failed; kWouldBlock if nothing is possible before the socket is ready for events().
  static constexpr ssize_t kEnded = 0;
  static constexpr ssize_t kWouldBlock = -1;
  bool is_tls() const { return ssl_ != nullptr; }
  // Goes on with the TLS handshake, which comes before everything else; 1 when it is done.
  ssize_t Handshake();
  ssize_t Read(std::span<char> bytes);
  ssize_t Write(std::span<const char> bytes);
  // Sends the end of the stream (over TLS, close_notify first). Write no more afterwards.
  void EndWriting();

  int fd() const { return socket_.fd(); }
  // What to poll for before the next attempt: POLLIN or POLLOUT.
  short events() const { return events_; }

 private:
  ssize_t OutcomeOf(ssize_t size, short events);
  ssize_t TlsOutcomeOf(int size);

  Socket socket_;
  // Declared after the socket, so that it is destroyed first.
  tls::SslPtr ssl_;
  short events_ = POLLIN;
};

}  // namespace waybill::metrics
