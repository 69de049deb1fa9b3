// One mail on its way through libcurl.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "notification_svc/application/ports.h"

namespace waybill::notification_svc {

struct SmtpOptions {
  // "smtp://host:port", or "smtps://host:port" for TLS from the first byte.
  std::string url;
  // The envelope's and the header's sender.
  std::string from;
  // For one mail, connecting included.
  absl::Duration timeout = absl::Seconds(10);
  // Connections at most, which are kept and used again.
  int max_in_flight = 32;
  // Refuse a server that doesn't offer STARTTLS.
  bool starttls = false;
  // Log in when not empty.
  std::string username = {};
  std::string password = {};
};

// Owns the easy handle and all that it points to. Not copied, not moved: libcurl knows its address.
class SmtpTransfer {
 public:
  // `headers` without line ends, as HeaderLines makes them.
  SmtpTransfer(const SmtpOptions& options, const std::string& recipient,
               const std::vector<std::string>& headers, const MailContent& content);
  SmtpTransfer(const SmtpTransfer&) = delete;
  SmtpTransfer& operator=(const SmtpTransfer&) = delete;

  CURL* handle() { return easy_.get(); }
  // What became of it, once libcurl is done with it.
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
