#include "notification_svc/config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "notification_svc/domain/mail_address.h"
#include "platform/config/config_reader.h"

namespace waybill::notification_svc {
namespace {

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};

std::string ReadLogLevel(ConfigReader& reader) {
  std::string level = reader.String("log.level", "info");
  if (std::ranges::find(kLogLevels, level) == kLogLevels.end()) {
    reader.AddError("log.level", "must be debug, info, warn or error");
  }
  return level;
}

SmtpOptions ReadSmtpOptions(ConfigReader& reader) {
  SmtpOptions smtp;
  smtp.url = reader.String("smtp.url", "smtp://127.0.0.1:7111");
  if (!smtp.url.starts_with("smtp://") && !smtp.url.starts_with("smtps://")) {
    reader.AddError("smtp.url", "must begin with smtp:// or smtps://");
  }
  smtp.from = reader.String("smtp.from");
  if (!MailAddress::Parse(smtp.from).ok()) {
    reader.AddError("smtp.from", "is not a mail address of the form local-part@domain");
  }
  smtp.timeout = reader.Duration("smtp.timeout", smtp.timeout,
                                 {.min = absl::Milliseconds(100), .max = absl::Minutes(5)});
  smtp.max_in_flight = static_cast<int>(
      reader.Int("smtp.max_in_flight", smtp.max_in_flight, {.min = 1, .max = 1000}));
  smtp.starttls = reader.Bool("smtp.starttls", smtp.starttls);
  smtp.username = reader.String("smtp.username", "");
  smtp.password = reader.SecretFromFile("smtp.password_file", "WAYBILL_SMTP_PASSWORD");
  return smtp;
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  absl::StatusOr<ConfigReader> reader = ConfigReader::Load(path);
  if (!reader.ok()) return reader.status();
  Config config;
  config.log_level = ReadLogLevel(*reader);
  config.grpc = grpc::ReadServerConfig(*reader, "127.0.0.1:7104");
  config.postgres = postgres::ReadPostgresConfig(*reader);
  config.kafka = kafka::ReadKafkaConfig(*reader);
  config.inbox = inbox::ReadInboxConfig(*reader);
  config.metrics = metrics::ReadMetricsConfig(*reader);
  config.smtp = ReadSmtpOptions(*reader);
  if (absl::Status status = reader->Finish(); !status.ok()) return status;
  return config;
}

}  // namespace waybill::notification_svc
