#include "platform/metrics/http_connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/types/strings.h"

namespace waybill::metrics {
namespace {

// As for gRPC.
constexpr std::chrono::seconds kHandshakeTimeout{10};
constexpr std::chrono::seconds kReadTimeout{1};
constexpr std::chrono::seconds kWriteTimeout{5};
constexpr std::chrono::seconds kCloseTimeout{1};
constexpr std::size_t kMaxHeadBytes = 8192;

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Service Unavailable";
  }
}

HttpAnswer Refuse(int status) {
  return {status, "text/plain; charset=utf-8", StrCat(Reason(status), "\n")};
}

bool IsWhole(std::string_view head) {
  return head.find("\r\n\r\n") != std::string_view::npos ||
         head.find("\n\n") != std::string_view::npos;
}

// The next word of a request line (RFC 9112, section 3), which is taken off it.
std::string_view TakeWord(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

}  // namespace

HttpConnection::HttpConnection(ByteStream stream, const HttpHandler& handler)
    : stream_(std::move(stream)),
      handler_(&handler),
      step_(stream_.is_tls() ? Step::kHandshake : Step::kRead),
      deadline_(Clock::now() + (stream_.is_tls() ? kHandshakeTimeout : kReadTimeout)) {}

bool HttpConnection::Continue() {
  if (step_ == Step::kHandshake && !Handshake()) return false;
  if (step_ == Step::kRead && !Read()) return false;
  if (step_ == Step::kWrite && !Write()) return false;
  return step_ != Step::kAwaitClose || AwaitClose();
}

bool HttpConnection::Handshake() {
  const ssize_t outcome = stream_.Handshake();
  if (outcome <= 0) return outcome == ByteStream::kWouldBlock;
  step_ = Step::kRead;
  deadline_ = Clock::now() + kReadTimeout;
  return true;
}

bool HttpConnection::Read() {
  std::array<char, 2048> bytes;
  while (step_ == Step::kRead) {
    const ssize_t size = stream_.Read(bytes);
    if (size <= 0) return size == ByteStream::kWouldBlock;
    head_.append(bytes.data(), static_cast<std::size_t>(size));
    if (IsWhole(head_) || head_.size() > kMaxHeadBytes) Answer();
  }
  return true;
}

void HttpConnection::Answer() {
  std::string_view line = std::string_view(head_).substr(0, head_.find_first_of("\r\n"));
  const std::string_view method = TakeWord(line);
  const std::string_view target = TakeWord(line);
  HttpAnswer answer;
  if (head_.size() > kMaxHeadBytes) {
    answer = Refuse(431);
  } else if (!line.starts_with("HTTP/1.")) {
    answer = Refuse(400);
  } else if (method != "GET" && method != "HEAD") {
    answer = Refuse(405);
  } else {
    answer = (*handler_)(target.substr(0, target.find('?')));
  }
  answer_ = StrCat("HTTP/1.1 ", answer.status, " ", Reason(answer.status),
                   "\r\nContent-Type: ", answer.content_type,
                   "\r\nContent-Length: ", answer.body.size(), "\r\nConnection: close\r\n",
                   answer.status == 405 ? "Allow: GET, HEAD\r\n" : "", "\r\n");
  if (method != "HEAD") answer_ += answer.body;
  step_ = Step::kWrite;
  deadline_ = Clock::now() + kWriteTimeout;
}

bool HttpConnection::Write() {
  while (written_ < answer_.size()) {
    const ssize_t size = stream_.Write(std::span(answer_).subspan(written_));
    if (size <= 0) return size == ByteStream::kWouldBlock;
    written_ += static_cast<std::size_t>(size);
  }
  stream_.EndWriting();
  step_ = Step::kAwaitClose;
  deadline_ = Clock::now() + kCloseTimeout;
  return true;
}

bool HttpConnection::AwaitClose() {
  // Once each time: a client that goes on sending must not keep the thread.
  std::array<char, 2048> bytes;
  return stream_.Read(bytes) != ByteStream::kEnded;
}

}  // namespace waybill::metrics
