#include "platform/tls/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/match.h"
#include "platform/types/strings.h"

namespace waybill::tls {

bool IsLoopback(std::string_view listen) {
  if (absl::StartsWith(ToAbsl(listen), "unix:")) return true;
  const std::string host(listen.substr(0, listen.rfind(':')));
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> IN_CLASSA_NSHIFT) == IN_LOOPBACKNET;
}

TlsConfig ReadTlsConfig(ConfigReader& reader, const std::string& server) {
  TlsConfig tls;
  tls.section = StrCat(server, ".tls");
  tls.certificate = reader.String(StrCat(tls.section, ".certificate"), "");
  tls.key = reader.String(StrCat(tls.section, ".key"), "");
  tls.client_ca = reader.String(StrCat(tls.section, ".client_ca"), "");
  if (tls.certificate.empty() != tls.key.empty()) {
    reader.AddError(tls.section, "certificate and key belong together; one of them is missing");
  }
  if (!tls.is_on() && !tls.client_ca.empty()) {
    reader.AddError(tls.section, StrCat("client certificates need ", tls.section,
                                        ".certificate and ", tls.section, ".key"));
  }
  return tls;
}

bool ReadInsecure(ConfigReader& reader, const std::string& server, const std::string& listen,
                  const TlsConfig& tls) {
  const bool insecure = reader.Bool(StrCat(server, ".insecure"), false);
  if (!tls.is_on() && !insecure && !IsLoopback(listen)) {
    reader.AddError(StrCat(server, ".listen"),
                    StrCat(listen, " can be reached from other machines: it needs ", tls.section,
                           ", or ", server, ".insecure = true if something else protects it"));
  }
  return insecure;
}

}  // namespace waybill::tls
