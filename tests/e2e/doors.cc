#include "tests/e2e/doors.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/grpc_client.h"

namespace waybill::e2e {
namespace {

constexpr char kIssuer[] = "https://tests.waybill.example";
constexpr char kAudience[] = "waybill";

std::string TlsSection(const std::string& server, const std::string& certificate,
                       const std::string& key) {
  return absl::StrCat("[", server, ".tls]\ncertificate = \"", certificate, "\"\nkey = \"", key,
                      "\"\n");
}

}  // namespace

Doors::Doors(bool secure, const test::TempFolder& folder) : secure_(secure), folder_(folder) {
  const test::IssuedCertificate server = authority_.Make();
  folder_.Write("authority.crt", authority_.pem());
  folder_.Write("server.crt", server.certificate);
  folder_.Write("server.key", server.key);
  folder_.Write("jwks.json", test::KeySet({issuer_.Jwk()}));
}

std::string Doors::GrpcSections() const {
  if (!secure_) return "[auth]\nmode = \"metadata\"\n";
  return absl::StrCat(
      TlsSection("grpc", Path("server.crt"), Path("server.key")), "client_ca = \"", ca_file(),
      "\"\n[auth]\nmode = [\"jwt\", \"api_key\", \"mtls\"]\n[auth.jwt]\njwks = \"",
      Path("jwks.json"), "\"\nissuer = \"", kIssuer, "\"\naudience = \"", kAudience,
      "\"\n[auth.mtls]\nservices = [\"gateway\"]\noperators = [\"desk\"]\nauditors = "
      "[\"audit\"]\n");
}

std::string Doors::MetricsSections() const {
  return secure_ ? TlsSection("metrics", Path("server.crt"), Path("server.key")) : "";
}

std::shared_ptr<::grpc::Channel> Doors::MakeChannel(const std::string& address,
                                                    const test::IssuedCertificate& own) const {
  if (!secure_) return test::MakeChannel(address);
  return test::MakeChannel(address,
                           ::grpc::SslCredentials({authority_.pem(), own.key, own.certificate}));
}

std::unique_ptr<::grpc::ClientContext> Doors::MakeContext(const CallOptions& options) const {
  if (!secure_) {
    auto context = test::MakeContext(options.user, options.timeout, options.traceparent);
    if (!options.role.empty()) context->AddMetadata("x-user-role", options.role);
    return context;
  }
  auto context = test::MakeContext("", options.timeout, options.traceparent);
  context->AddMetadata("authorization", absl::StrCat("Bearer ", Token(options.user, options.role)));
  return context;
}

std::string Doors::Token(const std::string& user, const std::string& role) const {
  const std::lock_guard lock(mutex_);
  std::string& token = tokens_[{user, role}];
  if (token.empty()) {
    const std::string roles = role.empty()         ? "\"customer\""
                              : role == "operator" ? "\"customer\",\"operator\""
                                                   : absl::StrCat("\"", role, "\"");
    token = issuer_.Sign(absl::StrCat(R"({"iss":")", kIssuer, R"(","aud":")", kAudience,
                                      R"(","sub":")", user, R"(","roles":[)", roles, R"(],"exp":)",
                                      absl::ToUnixSeconds(absl::Now()) + 3600, "}"));
  }
  return token;
}

}  // namespace waybill::e2e
