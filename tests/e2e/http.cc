#include "tests/e2e/http.h"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

namespace waybill::e2e {
namespace {

constexpr long kTimeoutMs = 10'000;

std::size_t Append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

std::string Perform(const std::string& url, const std::string* body,
                    const std::string& ca_file = "") {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (!ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file.c_str());
  if (body != nullptr) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) throw std::runtime_error(url + ": " + curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) throw std::runtime_error(url + ": " + std::to_string(status) + " " + answer);
  return answer;
}

}  // namespace

std::string HttpGet(const std::string& url, const std::string& ca_file) {
  return Perform(url, nullptr, ca_file);
}

std::string HttpPost(const std::string& url, const std::string& body) {
  return Perform(url, &body);
}

}  // namespace waybill::e2e
