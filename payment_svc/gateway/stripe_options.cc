#include "payment_svc/gateway/stripe_options.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace waybill::payment_svc {

bool IsHttpUrl(const std::string& text) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* scheme = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
    return false;
  }
  const std::unique_ptr<char, decltype(&curl_free)> owned(scheme, &curl_free);
  return std::string_view(scheme) == "http" || std::string_view(scheme) == "https";
}

bool FitsInHeader(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace waybill::payment_svc
