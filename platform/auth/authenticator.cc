#include "platform/auth/authenticator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "platform/log/log.h"
#include "platform/types/error.h"
#include "platform/types/read_file.h"
#include "platform/types/sha256.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"

namespace waybill::auth {
namespace {

constexpr std::size_t kMaxVerified = 10'000;
constexpr std::size_t kMaxKeysBytes = 1024 * 1024;
constexpr std::string_view kJwt = "jwt";
constexpr std::string_view kScheme = "Bearer ";

absl::Status Unauthenticated(std::string_view reason, std::string_view message) {
  return MakeError(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::StatusOr<std::string> ReadKeys(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) {
    return absl::InvalidArgumentError(StrCat("auth.jwt.jwks: ", ToStd(text.status().message())));
  }
  if (text->size() > kMaxKeysBytes) {
    return absl::InvalidArgumentError(StrCat("auth.jwt.jwks: ", path, " is larger than 1 MB"));
  }
  return text;
}

bool IsOneOf(std::string_view name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first of the certificate's names that is in the list; "" when none is.
std::string_view NameIn(const std::vector<std::string>& names, const Credentials& credentials) {
  for (const std::string_view name : credentials.peer_names) {
    if (IsOneOf(name, names)) return name;
  }
  return {};
}

// What x-user-role says. A caller that says nothing is a program on this machine, which may also
// keep catalog and stock.
Roles RolesOfMetadata(std::string_view name) {
  if (name.empty()) return {Role::kCustomer, Role::kService};
  const absl::StatusOr<Role> role = Parse<Role>(name);
  if (!role.ok()) return {Role::kCustomer};
  if (*role == Role::kOperator) return {Role::kCustomer, Role::kOperator, Role::kService};
  return {*role};
}

// A service may call for a user.
absl::Status ActFor(std::string_view user, Principal& principal) {
  if (!principal.roles.Has(Role::kService)) return absl::OkStatus();
  if (user.empty()) {
    principal.is_limited = false;
    return absl::OkStatus();
  }
  absl::StatusOr<UserId> named = UserId::Parse(user);
  if (!named.ok()) {
    return Unauthenticated("NO_USER",
                           StrCat("metadata x-user-id ", ToStd(named.status().message())));
  }
  // Who acts for whom: a certificate's name is in the credential already.
  if (principal.credential == kJwt) StrAppend(&principal.credential, " ", principal.user.value());
  principal.user = *std::move(named);
  return absl::OkStatus();
}

}  // namespace

Authenticator::Authenticator(AuthConfig config, ApiKeyChecker* api_keys)
    : config_(std::move(config)),
      api_keys_(config_.api_key ? api_keys : nullptr),
      reloader_("key set", "the new key set is refused; the old one stays in use",
                [this] { return Reload(); }) {}

Authenticator::~Authenticator() { reloader_.Stop(); }

absl::Status Authenticator::Start() { return config_.jwt ? reloader_.Start() : absl::OkStatus(); }

absl::Status Authenticator::Reload() {
  ASSIGN_OR_RETURN(std::string text, ReadKeys(config_.jwks_file));
  if (text == keys_text_) return absl::OkStatus();
  absl::StatusOr<Jwks> keys = Jwks::Parse(text);
  if (!keys.ok()) {
    return absl::InvalidArgumentError(
        StrCat("auth.jwt.jwks: ", config_.jwks_file, " ", ToStd(keys.status().message())));
  }
  log::Info("the key set is read", {{"file", config_.jwks_file}, {"keys", keys->size()}});
  keys_text_ = std::move(text);
  const absl::MutexLock lock(&mutex_);
  keys_ = std::make_shared<const Jwks>(*std::move(keys));
  verified_.clear();
  return absl::OkStatus();
}

absl::StatusOr<Principal> Authenticator::Identify(const Credentials& credentials) const {
  if (credentials.is_ambiguous) {
    return Unauthenticated("AMBIGUOUS_CREDENTIALS",
                           "authorization, x-user-id and x-user-role may come once only");
  }
  const bool takes_bearer = config_.jwt || api_keys_ != nullptr;
  if (takes_bearer && !credentials.authorization.empty()) {
    ASSIGN_OR_RETURN(Principal principal, FromBearer(credentials.authorization));
    RETURN_IF_ERROR(ActFor(credentials.user, principal));
    return principal;
  }
  if (std::optional<Principal> principal = FromCertificate(credentials)) {
    RETURN_IF_ERROR(ActFor(credentials.user, *principal));
    return *std::move(principal);
  }
  if (config_.metadata &&
      (config_.proxies.empty() || !NameIn(config_.proxies, credentials).empty())) {
    return FromMetadata(credentials);
  }
  return Unauthenticated("NO_CREDENTIALS",
                         takes_bearer
                             ? "metadata authorization must be \"Bearer \" and a token"
                             : "the call must come with a client certificate that is known here");
}

absl::StatusOr<Principal> Authenticator::FromBearer(std::string_view authorization) const {
  // The scheme's case doesn't matter (RFC 9110 section 11.1).
  if (!absl::StartsWithIgnoreCase(ToAbsl(authorization), ToAbsl(kScheme))) {
    return Unauthenticated("TOKEN_INVALID",
                           "metadata authorization must be \"Bearer \" and a token");
  }
  const std::string_view token = authorization.substr(kScheme.size());
  if (api_keys_ != nullptr && (IsApiKey(token) || !config_.jwt)) return api_keys_->Identify(token);
  if (IsApiKey(token)) return Unauthenticated("KEY_INVALID", "this service takes no API keys");
  return FromToken(token);
}

absl::StatusOr<Principal> Authenticator::FromToken(std::string_view token) const {
  const absl::Time now = absl::Now();
  const std::string digest = Sha256(token);
  std::shared_ptr<const Jwks> keys;
  {
    const absl::ReaderMutexLock lock(&mutex_);
    const auto found = verified_.find(digest);
    if (found != verified_.end() && now < found->second.end) return found->second.principal;
    keys = keys_;
  }
  ASSIGN_OR_RETURN(VerifiedToken verified, VerifyJwt(token, *keys, config_.jwt_rules, now));
  const absl::MutexLock lock(&mutex_);
  // Meanwhile the key may have been taken away.
  if (keys == keys_) {
    if (verified_.size() >= kMaxVerified) verified_.clear();
    verified_[digest] = verified;
  }
  return std::move(verified.principal);
}

std::optional<Principal> Authenticator::FromCertificate(const Credentials& credentials) const {
  if (!config_.mtls) return std::nullopt;
  const CertificateNames& names = config_.certificates;
  Roles roles;
  std::string_view who;
  const auto look = [&](const std::vector<std::string>& list, Role role) {
    const std::string_view name = NameIn(list, credentials);
    if (name.empty()) return;
    roles.Add(role);
    who = name;
  };
  look(names.services, Role::kService);
  look(names.auditors, Role::kAuditor);
  look(names.operators, Role::kOperator);
  if (roles.empty()) return std::nullopt;
  return Principal{.user = UserId(std::string(who)),
                   .roles = roles,
                   .credential = StrCat("mtls ", ToVisibleText(who))};
}

absl::StatusOr<Principal> Authenticator::FromMetadata(const Credentials& credentials) const {
  absl::StatusOr<UserId> user = UserId::Parse(credentials.user);
  if (!user.ok()) {
    return Unauthenticated(
        "NO_USER",
        "metadata x-user-id must name the caller: 1 to 64 characters of A-Z a-z 0-9 . _ @ | : + -");
  }
  return Principal{.user = *std::move(user),
                   .roles = RolesOfMetadata(credentials.role),
                   .credential = "metadata"};
}

}  // namespace waybill::auth
