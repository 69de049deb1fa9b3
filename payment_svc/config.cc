#include "payment_svc/config.h"

namespace waybill::payment_svc {
namespace {

StripeOptions ReadProvider(ConfigReader& reader) {
  StripeOptions provider;
  provider.url = reader.String("provider.url", "");
  if (!IsHttpUrl(provider.url)) {
    reader.AddError("provider.url", "must be an http or https URL, as \"https://api.stripe.com\"");
  }
  provider.api_key = reader.SecretFromFile("provider.api_key_file", "PAYMENT_PROVIDER_API_KEY");
  if (!FitsInHeader(provider.api_key)) {
    reader.AddError("provider.api_key_file",
                    "the payment provider's API key is missing, or has characters that no header "
                    "can hold (PAYMENT_PROVIDER_API_KEY may hold it, too)");
  }
  provider.call_timeout = reader.Duration("provider.call_timeout", provider.call_timeout,
                                          {absl::Milliseconds(100), absl::Minutes(2)});
  provider.max_in_flight =
      static_cast<int>(reader.Int("provider.max_in_flight", provider.max_in_flight, {1, 1000}));
  return provider;
}

}  // namespace

Config ReadConfig(ConfigReader& reader) {
  Config config{service::ReadHostConfig(reader, "127.0.0.1:7102")};
  config.provider = ReadProvider(reader);
  config.drive.max_in_flight = config.provider.max_in_flight;
  config.drive.call_timeout = config.provider.call_timeout;
  config.drive.search_lag = reader.Duration("provider.search_lag", config.drive.search_lag,
                                            {absl::ZeroDuration(), absl::Hours(1)});
  config.drive.search_complete_after =
      reader.Duration("provider.search_complete_after", config.drive.search_complete_after,
                      {absl::ZeroDuration(), absl::Hours(24)});
  return config;
}

}  // namespace waybill::payment_svc
