// One HTTP call.
#pragma once

#include <string>

namespace waybill::e2e {

// The body of a 200 answer to a GET, or to a POST of `body` when there is one. Blocks for at most
// 10 s; throws std::runtime_error for any other answer, or none.
std::string HttpGet(const std::string& url);
std::string HttpPost(const std::string& url, const std::string& body);

}  // namespace waybill::e2e
