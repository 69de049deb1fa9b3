#include "tests/e2e/proxy.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_stack.h"

namespace waybill::e2e {
namespace {

// A single process, so that killing it leaves no worker behind.
constexpr char kMain[] = R"(master_process off;
daemon off;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 4096; }
http {
access_log off;
client_body_temp_path client_body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
)";

// The ports of the example.
const std::pair<const char*, int> kPorts[] = {{"order_svc", 7101},
                                              {"payment_svc", 7102},
                                              {"inventory_svc", 7103},
                                              {"notification_svc", 7104}};

}  // namespace

std::string ProxyConfig(const std::map<std::string, std::string>& addresses) {
  std::string config = test::ReadFile(test::SourcePath("deploy/nginx/waybill.conf"));
  for (const auto& [service, port] : kPorts) {
    config = absl::StrReplaceAll(
        config,
        {{absl::StrCat("listen ", port), absl::StrCat("listen ", addresses.at(service))},
         {absl::StrCat(service, "-1.internal:", port), addresses.at(absl::StrCat(service, "-1"))},
         {absl::StrCat(service, "-2.internal:", port), addresses.at(absl::StrCat(service, "-2"))}});
  }
  return absl::StrCat(kMain, config, "}\n");
}

std::vector<std::string> ProxyCommand(const std::string& folder, const std::string& config_file) {
  return {"/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", config_file};
}

}  // namespace waybill::e2e
