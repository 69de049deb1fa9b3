#include "notification_svc/gateway/smtp_transfer.h"

#include <new>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "platform/types/utf8.h"

namespace waybill::notification_svc {
namespace {

constexpr std::size_t kMaxReplySize = 512;

void AddPart(curl_mime* mime, const char* type, const std::string& text) {
  curl_mimepart* part = curl_mime_addpart(mime);
  // libcurl's quoted-printable keeps only CRLF as a line end.
  const std::string lines = absl::StrReplaceAll(text, {{"\n", "\r\n"}});
  curl_mime_data(part, lines.data(), lines.size());
  curl_mime_type(part, type);
  curl_mime_encoder(part, "quoted-printable");
}

bool IsPermanent(long code) { return code >= 500 && code < 600; }

}  // namespace

SmtpTransfer::List SmtpTransfer::ListOf(const std::vector<std::string>& items) {
  List list;
  for (const std::string& item : items) {
    curl_slist* longer = curl_slist_append(list.get(), item.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

SmtpTransfer::SmtpTransfer(const SmtpOptions& options, const EmailAddress& recipient,
                           const std::vector<std::string>& headers, const MailContent& content)
    : recipients_(ListOf({recipient.value()})), headers_(ListOf(headers)), easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  BuildBody(content);
  Configure(options);
}

void SmtpTransfer::BuildBody(const MailContent& content) {
  mime_.reset(curl_mime_init(easy_.get()));
  curl_mime* alternatives = curl_mime_init(easy_.get());
  // The last one is the one a reader prefers (RFC 2046 section 5.1.4).
  AddPart(alternatives, "text/plain; charset=utf-8", content.text);
  AddPart(alternatives, "text/html; charset=utf-8", content.html);
  curl_mimepart* whole = curl_mime_addpart(mime_.get());
  curl_mime_subparts(whole, alternatives);
  curl_mime_type(whole, "multipart/alternative");
}

void SmtpTransfer::Configure(const SmtpOptions& options) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  // all_proxy is not for mails.
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options.timeout)));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options.timeout)));
  // Servers hang up on the idle after some minutes; a connection older than this is not tried
  // again.
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 20L);
  curl_easy_setopt(easy, CURLOPT_USE_SSL, options.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE);
  if (!options.username.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, options.username.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, options.password.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, options.from.value().c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients_.get());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime_.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  // The one way to see where in the dialogue a refusal came, and its words.
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &SmtpTransfer::Overhear);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
}

int SmtpTransfer::Overhear(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto* transfer = static_cast<SmtpTransfer*>(self);
  std::string_view line(data, size);
  if (type == CURLINFO_HEADER_OUT && line.starts_with("RCPT TO:"))
    transfer->recipient_named_ = true;
  if (type == CURLINFO_HEADER_IN) {
    line = line.substr(0, kMaxReplySize);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    // The reply to QUIT comes behind it.
    if (line.starts_with('4') || line.starts_with('5')) transfer->last_refusal_ = line;
  }
  return 0;
}

Delivery SmtpTransfer::Finish(CURLcode result) const {
  if (result == CURLE_OK) return {.outcome = Delivery::Outcome::kSent};
  long code = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
  Delivery delivery{.code = static_cast<int>(code)};
  delivery.error = error_[0] != '\0' ? error_ : curl_easy_strerror(result);
  if (code >= 400) absl::StrAppend(&delivery.error, ": ", last_refusal_);
  // A server may say anything, cut anywhere; the database takes UTF-8 only.
  delivery.error = ToStorableText(delivery.error);
  if (!recipient_named_) {
    delivery.outcome = Delivery::Outcome::kUnreachable;
  } else {
    delivery.outcome =
        IsPermanent(code) ? Delivery::Outcome::kRefused : Delivery::Outcome::kDeferred;
  }
  return delivery;
}

}  // namespace waybill::notification_svc
