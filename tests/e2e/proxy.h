// The nginx that stands in front of a System with several instances of each service.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace waybill::e2e {

// Returns deploy/nginx/waybill.conf in a main configuration of its own, with the addresses of a
// test: `addresses` has those on which nginx listens, by service ("order_svc"), and those of the
// instances ("order_svc-1").
std::string ProxyConfig(const std::map<std::string, std::string>& addresses);

// Returns the command line of an nginx with that configuration, which stays in the foreground. It
// keeps its files in `folder`.
std::vector<std::string> ProxyCommand(const std::string& folder, const std::string& config_file);

}  // namespace waybill::e2e
