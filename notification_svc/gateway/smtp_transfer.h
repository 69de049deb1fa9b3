// SmtpTransfer sends one mail through libcurl.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "notification_svc/domain/delivery.h"
#include "notification_svc/domain/order_mail.h"
#include "notification_svc/gateway/smtp_options.h"

namespace waybill::notification_svc {

// Owns the easy handle and all that it points to. Not copied, not moved: libcurl knows its address.
class SmtpTransfer {
 public:
  // `headers` without line ends, as HeaderLines makes them.
  SmtpTransfer(const SmtpOptions& options, const EmailAddress& recipient,
               const std::vector<std::string>& headers, const MailContent& content);
  SmtpTransfer(const SmtpTransfer&) = delete;
  SmtpTransfer& operator=(const SmtpTransfer&) = delete;

  CURL* handle() { return easy_.get(); }
  // The outcome, once libcurl is done with the transfer.
  Delivery Finish(CURLcode result) const;

 private:
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  struct MimeDeleter {
    void operator()(curl_mime* mime) const { curl_mime_free(mime); }
  };
  using List = std::unique_ptr<curl_slist, ListDeleter>;

  static List ListOf(const std::vector<std::string>& items);
  static int Overhear(CURL* easy, curl_infotype type, char* data, std::size_t size, void* self);
  void BuildBody(const MailContent& content);
  void Configure(const SmtpOptions& options);

  List recipients_;
  List headers_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  std::unique_ptr<curl_mime, MimeDeleter> mime_;
  // Whether the dialogue got as far as this mail's recipient. A refusal before that (of the
  // connection, the login, our own address) would meet every mail, and is no verdict on this one.
  bool recipient_named_ = false;
  std::string last_refusal_;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace waybill::notification_svc
