#include "notification_svc/gateway/smtp_sender.h"

#include <new>
#include <utility>

#include "notification_svc/domain/message_headers.h"
#include "platform/types/status_macros.h"

namespace waybill::notification_svc {
namespace {

constexpr int kPollMs = 1000;

CURLM* NewMulti() {
  // Once in the process, before any handle; thread-safe as a static's initialisation.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

Delivery Refused(const absl::Status& status) {
  return {.outcome = Delivery::Outcome::kRefused, .error = std::string(status.message())};
}

}  // namespace

SmtpSender::SmtpSender(SmtpOptions options) : options_(std::move(options)), multi_(NewMulti()) {
  const long connections = options_.max_in_flight;
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
}

absl::StatusOr<std::unique_ptr<SmtpTransfer>> SmtpSender::Prepare(const SmtpOptions& options,
                                                                  const DueMail& mail) {
  ASSIGN_OR_RETURN(const std::vector<std::string> headers,
                   HeaderLines({.from = options.from,
                                .to = mail.recipient,
                                .subject = mail.content.subject,
                                .date = mail.written_at,
                                .mail_id = mail.id,
                                .order = mail.order,
                                .traceparent = mail.trace.ToHeader()}));
  return std::make_unique<SmtpTransfer>(options, mail.recipient, headers, mail.content);
}

void SmtpSender::UseLogin(std::string username, std::string password) {
  const std::lock_guard lock(mutex_);
  options_.username = std::move(username);
  options_.password = std::move(password);
}

SmtpOptions SmtpSender::Options() {
  const std::lock_guard lock(mutex_);
  return options_;
}

void SmtpSender::RunAll() {
  int running = 0;
  // Ends: every transfer has a timeout of its own.
  do {
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return;
    if (running > 0) curl_multi_poll(multi_.get(), nullptr, 0, kPollMs, nullptr);
  } while (running > 0);
}

std::vector<Delivery> SmtpSender::Send(absl::Span<const DueMail> mails) {
  const SmtpOptions options = Options();
  std::vector<Delivery> deliveries(
      mails.size(),
      Delivery{.outcome = Delivery::Outcome::kUnreachable, .error = "not handed to libcurl"});
  std::vector<std::unique_ptr<SmtpTransfer>> transfers(mails.size());
  for (std::size_t i = 0; i < mails.size(); ++i) {
    absl::StatusOr<std::unique_ptr<SmtpTransfer>> transfer = Prepare(options, mails[i]);
    if (!transfer.ok()) {
      deliveries[i] = Refused(transfer.status());
      continue;
    }
    transfers[i] = *std::move(transfer);
    curl_multi_add_handle(multi_.get(), transfers[i]->handle());
  }

  RunAll();
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      if (transfers[i] == nullptr || transfers[i]->handle() != message->easy_handle) continue;
      deliveries[i] = transfers[i]->Finish(message->data.result);
    }
  }
  for (const std::unique_ptr<SmtpTransfer>& transfer : transfers) {
    if (transfer != nullptr) curl_multi_remove_handle(multi_.get(), transfer->handle());
  }
  return deliveries;
}

}  // namespace waybill::notification_svc
