// Sends mails over SMTP (RFC 5321) with libcurl, many at a time over connections that are
// reused.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notification_svc/application/send_due_mails.h"
#include "notification_svc/gateway/smtp_options.h"
#include "notification_svc/gateway/smtp_transfer.h"

namespace waybill::notification_svc {

// One thread at a time, but for UseLogin. A mail is multipart/alternative, text and HTML, with the headers of
// domain/message_headers.h.
class SmtpSender final : public MailSender {
 public:
  explicit SmtpSender(SmtpOptions options);

  // A mail that HeaderLines refuses is refused here, without a request to the server. Blocks for as
  // long as the slowest mail takes: options.timeout at most, when there are no more than
  // options.max_in_flight.
  std::vector<Delivery> Send(absl::Span<const DueMail> mails) override;

  // From the next Send on, new connections log in so. From any thread; doesn't block.
  void UseLogin(std::string username, std::string password);

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  static absl::StatusOr<std::unique_ptr<SmtpTransfer>> Prepare(const SmtpOptions& options,
                                                               const DueMail& mail);
  SmtpOptions Options();
  // Runs every transfer that was added to its end.
  void RunAll();

  std::mutex mutex_;
  // Guarded by mutex_.
  SmtpOptions options_;
  // Keeps the connections from one Send to the next.
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace waybill::notification_svc
