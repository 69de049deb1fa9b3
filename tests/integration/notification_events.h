// Events as notification_svc gets them, and the SMTP server its mails go to.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "platform/events/envelope.h"
#include "platform/events/topics.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"
#include "waybill/events/v1/events.pb.h"

namespace waybill::notification_svc {

template <typename Message>
events::IncomingEvent News(const OrderId& order, std::int64_t sequence, const std::string& email,
                           const std::string& product = "Cup") {
  Message message;
  message.set_order_id(order.ToString());
  message.set_email(email);
  message.set_amount_minor(1998);
  message.set_currency("USD");
  events::v1::PricedItem& item = *message.add_items();
  item.set_product_id("cup");
  item.set_product_name(product);
  item.set_quantity(2);
  item.set_unit_price_minor(999);
  return {.id = EventId::New(),
          .topic = events::kOrdersTopic,
          .type = Message::descriptor()->full_name(),
          .key = order.ToString(),
          .sequence = sequence,
          .trace = TraceContext::NewRoot(),
          .payload = events::ToJson(message)};
}

inline events::IncomingEvent Confirmed(const OrderId& order, std::int64_t sequence,
                                       const std::string& email,
                                       const std::string& product = "Cup") {
  return News<events::v1::OrderConfirmed>(order, sequence, email, product);
}

inline events::IncomingEvent Cancelled(const OrderId& order, std::int64_t sequence,
                                       const std::string& email) {
  return News<events::v1::OrderCancelled>(order, sequence, email);
}

// tools/mail_sink.py, on a port that stays the same when it is stopped and started again.
class MailSink {
 public:
  MailSink(int port, std::filesystem::path folder) : port_(port), folder_(std::move(folder)) {}

  void Start() {
    const std::string log = folder_.string() + ".log";
    process_ = std::make_unique<test::ChildProcess>(
        test::ProcessOptions{.argv = {"/usr/bin/python3", test::SourcePath("tools/mail_sink.py"),
                                      "--port", std::to_string(port_), "--dir", folder_.string()},
                             .log_file = log});
    ++starts_;
    test::WaitUntil([this] { return ReadyLines() == starts_; }, "the mail sink to be ready");
  }
  void Stop() { process_ = nullptr; }

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }

  // The mails kept, oldest first, each with its lines' ends as "\n".
  std::vector<std::string> Mails() const {
    std::vector<std::filesystem::path> files;
    if (std::filesystem::exists(folder_)) {
      for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        if (entry.path().extension() == ".eml" && entry.path().filename().string()[0] != '.') {
          files.push_back(entry.path());
        }
      }
    }
    std::sort(files.begin(), files.end());
    std::vector<std::string> mails;
    for (const auto& file : files) {
      std::string mail = test::ReadFile(file);
      std::erase(mail, '\r');
      mails.push_back(std::move(mail));
    }
    return mails;
  }

 private:
  int ReadyLines() const {
    int ready = 0;
    const std::string output = process_->Output();
    for (absl::string_view line : absl::StrSplit(output, '\n')) {
      if (line.substr(0, 15) == "mail sink ready") ++ready;
    }
    return ready;
  }

  const int port_;
  const std::filesystem::path folder_;
  int starts_ = 0;
  std::unique_ptr<test::ChildProcess> process_;
};

// The value of a mail's header, unfolded; "" when it has none.
inline std::string HeaderOf(const std::string& mail, const std::string& name) {
  const std::size_t end = mail.find("\n\n");
  const std::string head = "\n" + mail.substr(0, end) + "\n";
  const std::size_t at = head.find("\n" + name + ": ");
  if (at == std::string::npos) return "";
  std::size_t from = at + name.size() + 3;
  std::string value;
  while (true) {
    const std::size_t to = head.find('\n', from);
    value += head.substr(from, to - from);
    if (to + 1 >= head.size() || head[to + 1] != ' ') return value;
    from = to + 1;
  }
}

}  // namespace waybill::notification_svc
