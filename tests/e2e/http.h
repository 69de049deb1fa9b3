// Makes one HTTP call.
#pragma once

#include <string>

namespace waybill::e2e {

// Return the body of a 200 answer to a GET, or to a POST of `body`. Block for at most 10 s; throw
// std::runtime_error on any other answer, or none. `ca_file` has the authorities of an https server.
std::string HttpGet(const std::string& url, const std::string& ca_file = "");
std::string HttpPost(const std::string& url, const std::string& body);

}  // namespace waybill::e2e
