#include "platform/metrics/byte_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

namespace waybill::metrics {

ssize_t ByteStream::OutcomeOf(ssize_t size, short events) {
  if (size > 0) return size;
  const bool would_block = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  if (!would_block) return kEnded;
  events_ = events;
  return kWouldBlock;
}

ssize_t ByteStream::TlsOutcomeOf(int size) {
  if (size > 0) return size;
  const int error = SSL_get_error(ssl_.get(), size);
  // OpenSSL's error queue is per thread: an error left in it would be taken for the next connection's.
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) {
    events_ = POLLIN;
  } else if (error == SSL_ERROR_WANT_WRITE) {
    events_ = POLLOUT;
  } else {
    return kEnded;
  }
  return kWouldBlock;
}

ssize_t ByteStream::Handshake() { return TlsOutcomeOf(SSL_do_handshake(ssl_.get())); }

ssize_t ByteStream::Read(std::span<char> bytes) {
  if (ssl_ == nullptr) return OutcomeOf(recv(fd(), bytes.data(), bytes.size(), 0), POLLIN);
  return TlsOutcomeOf(SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
}

ssize_t ByteStream::Write(std::span<const char> bytes) {
  if (ssl_ == nullptr) {
    return OutcomeOf(send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), POLLOUT);
  }
  return TlsOutcomeOf(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
}

void ByteStream::EndWriting() {
  if (ssl_ != nullptr) {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  shutdown(fd(), SHUT_WR);
  events_ = POLLIN;
}

}  // namespace waybill::metrics
