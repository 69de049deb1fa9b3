#include "notification_svc/config.h"

#include <utility>

#include "platform/types/strings.h"

namespace waybill::notification_svc {
namespace {

std::string ReadUrl(ConfigReader& reader) {
  std::string url = reader.String("smtp.url", "smtp://127.0.0.1:7111");
  if (!url.starts_with("smtp://") && !url.starts_with("smtps://")) {
    reader.AddError("smtp.url", "must begin with smtp:// or smtps://");
  }
  return url;
}

EmailAddress ReadFrom(ConfigReader& reader) {
  absl::StatusOr<EmailAddress> from = EmailAddress::Parse(reader.String("smtp.from", ""));
  if (from.ok()) return *std::move(from);
  reader.AddError("smtp.from", ToStd(from.status().message()));
  return {};
}

}  // namespace

Config ReadConfig(ConfigReader& reader) {
  Config config{service::ReadHostConfig(reader, "127.0.0.1:7104")};
  SmtpOptions& smtp = config.smtp;
  smtp.url = ReadUrl(reader);
  smtp.from = ReadFrom(reader);
  smtp.timeout = reader.Duration("smtp.timeout", smtp.timeout,
                                 {.min = absl::Milliseconds(100), .max = absl::Minutes(5)});
  smtp.max_in_flight = static_cast<int>(
      reader.Int("smtp.max_in_flight", smtp.max_in_flight, {.min = 1, .max = 1000}));
  smtp.starttls = reader.Bool("smtp.starttls", smtp.starttls);
  smtp.username = reader.String("smtp.username", "");
  smtp.password = reader.SecretFromFile("smtp.password_file", "WAYBILL_SMTP_PASSWORD");
  config.mail_text_retention = retention::ReadPeriod(reader, "retention.mail_text",
                                                     config.mail_text_retention, absl::Hours(1));
  return config;
}

}  // namespace waybill::notification_svc
