#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "platform/auth/api_key.h"
#include "platform/types/operator_time.h"
#include "platform/types/strings.h"
#include "tools/orderctl/api_key_tables.h"
#include "tools/orderctl/commands.h"
#include "tools/orderctl/output.h"
#include "tools/rpc/services.h"
#include "tools/verify/facts.h"

namespace waybill::orderctl {
namespace {

struct KeyOptions {
  std::string prefix;
  std::string owner;
  std::vector<std::string> roles;
  std::vector<std::string> methods;
  // "" for no end.
  std::string expires;
  std::string overlap = "24h";
};

int Misuse(std::string_view what, const absl::Status& status) {
  Fail(what, status);
  return kUsage;
}

// "OrderService", or "OrderService.GetOrder".
bool IsMethod(const std::string& name) {
  const std::size_t dot = name.find('.');
  for (const google::protobuf::ServiceDescriptor* service : rpc::Services()) {
    if (service->name() != name.substr(0, dot)) continue;
    return dot == std::string::npos || service->FindMethodByName(name.substr(dot + 1)) != nullptr;
  }
  return false;
}

// "90d" is that long from now on; a time is itself.
absl::StatusOr<absl::Time> ParseEnd(const std::string& text, absl::Time now) {
  const absl::StatusOr<absl::Time> time = ParseOperatorTime(text, now);
  if (!time.ok()) {
    return absl::InvalidArgumentError(StrCat(
        "\"", text,
        "\" is neither a time (2027-01-31T12:00:00Z) nor how long from now (90s, 12h, 90d)"));
  }
  const bool is_duration = text.find('-') == std::string::npos;
  const absl::Time end = is_duration ? now + (now - *time) : *time;
  if (end < now) return absl::InvalidArgumentError(StrCat(text, " is over"));
  return end;
}

// "In part": the databases differ, after a command that failed or a restore. Where the revocation is missing, the key
// still works; where the key is missing, it is refused.
std::string State(const ApiKeyRow& key, absl::Time now) {
  if (key.revoked_at) {
    return key.revoked_in.size() == key.services.size() ? "revoked" : "revoked in part";
  }
  if (key.expires_at && *key.expires_at <= now) return "expired";
  const bool is_everywhere = key.services.size() == static_cast<std::size_t>(verify::kConsumers);
  return is_everywhere ? "active" : "active in part";
}

// The prefix that the user has typed: as `key list` shows it, or within a whole key, which is never shown again.
absl::StatusOr<std::string> ParsePrefix(const std::string& text) {
  const std::string prefix(auth::IsApiKey(text) ? auth::PrefixOf(text) : std::string_view(text));
  const bool is_one = prefix.size() == auth::kApiKeyPrefixSize &&
                      prefix.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_one) return prefix;
  return absl::InvalidArgumentError("a prefix has 16 hexadecimal digits; key list shows it");
}

nlohmann::ordered_json AsJson(const ApiKeyRow& key, absl::Time now) {
  const auto time = [](const std::optional<absl::Time>& at) {
    return at ? nlohmann::ordered_json(
                    absl::FormatTime(absl::RFC3339_full, *at, absl::UTCTimeZone()))
              : nlohmann::ordered_json();
  };
  return {{"prefix", key.prefix},
          {"user", key.user},
          {"roles", key.roles},
          {"methods", key.methods},
          {"state", State(key, now)},
          {"createdAt", time(key.created_at)},
          {"expiresAt", time(key.expires_at)},
          {"revokedAt", time(key.revoked_at)},
          {"lastUsedAt", time(key.last_used_at)},
          {"services", key.services},
          {"revokedIn", key.revoked_in}};
}

int List(const Session& session) {
  const auto keys = ReadApiKeys(session.databases);
  if (!keys.ok()) return Fail("key list", keys.status());
  const absl::Time now = absl::Now();
  const auto text = [](const std::optional<absl::Time>& at, const char* otherwise) {
    return at ? TimeText(*at) : std::string(otherwise);
  };
  auto json = nlohmann::ordered_json::array();
  Table table({"PREFIX", "USER", "ROLES", "METHODS", "STATE", "EXPIRES", "LAST USED"});
  for (const auto& [prefix, key] : *keys) {
    json.push_back(AsJson(key, now));
    table.AddRow({prefix, key.user, absl::StrJoin(key.roles, ", "),
                  key.methods.empty() ? "all" : absl::StrJoin(key.methods, ", "), State(key, now),
                  text(key.expires_at, "never"), text(key.last_used_at, "never")});
  }
  if (session.json) {
    std::cout << VisibleLines(json.dump(2)) << "\n";
  } else {
    table.Print("There are no API keys.");
  }
  return kDone;
}

// Stores a key like `like` with a new secret, and shows it.
int Make(const Session& session, const std::string& command, ApiKeyRow like) {
  const auth::NewApiKey made = auth::MakeApiKey();
  like.prefix = made.prefix;
  const absl::Status stored = InsertApiKey(session.databases, like, made.digest);
  if (!stored.ok()) {
    // Nobody has seen its secret.
    return Fail(
        command +
            ": not every database has the key, so its secret is withheld; run the command again",
        stored);
  }
  if (session.json) {
    std::cout << nlohmann::ordered_json({{"prefix", made.prefix}, {"key", made.text}}).dump(2)
              << "\n";
  } else {
    std::cout << made.text << "\n";
    std::cerr << "Keep it: it is shown this once. Its prefix is " << made.prefix
              << ". Services take it within two seconds.\n";
  }
  return kDone;
}

int Create(const Session& session, const KeyOptions& options) {
  for (const std::string& method : options.methods) {
    if (IsMethod(method)) continue;
    return Misuse("key create: --method",
                  absl::InvalidArgumentError(StrCat(method, " is no service and no method")));
  }
  const absl::StatusOr<UserId> owner = UserId::Parse(options.owner);
  if (!owner.ok()) return Misuse("key create: --for", owner.status());
  ApiKeyRow key{.user = options.owner, .roles = options.roles, .methods = options.methods};
  if (!options.expires.empty()) {
    const absl::StatusOr<absl::Time> end = ParseEnd(options.expires, absl::Now());
    if (!end.ok()) return Misuse("key create: --expires", end.status());
    key.expires_at = *end;
  }
  return Make(session, "key create", std::move(key));
}

// The key with the prefix; kNotFound.
absl::StatusOr<ApiKeyRow> Find(const Session& session, const std::string& prefix) {
  auto keys = ReadApiKeys(session.databases);
  if (!keys.ok()) return keys.status();
  const auto found = keys->find(prefix);
  if (found == keys->end()) {
    return absl::NotFoundError(StrCat("there is no API key with the prefix ", prefix));
  }
  return found->second;
}

int Rotate(const Session& session, const KeyOptions& options) {
  const absl::Time now = absl::Now();
  const absl::StatusOr<absl::Time> old_ends = ParseEnd(options.overlap, now);
  if (!old_ends.ok()) return Misuse("key rotate: --overlap", old_ends.status());
  const absl::StatusOr<std::string> prefix = ParsePrefix(options.prefix);
  if (!prefix.ok()) return Misuse("key rotate", prefix.status());
  const absl::StatusOr<ApiKeyRow> old = Find(session, *prefix);
  if (!old.ok()) return Fail("key rotate", old.status());
  if (old->revoked_at || State(*old, now) == "expired") {
    return Fail("key rotate", absl::FailedPreconditionError(
                                  "the key is no longer good: make a new one with key create"));
  }
  ApiKeyRow next = *old;
  // As long as the old one was made for.
  if (old->expires_at) next.expires_at = now + (*old->expires_at - old->created_at);
  if (const int made = Make(session, "key rotate", std::move(next)); made != kDone) return made;
  const absl::Status ended = ExpireApiKey(session.databases, *prefix, *old_ends);
  if (!ended.ok()) {
    return Fail(
        "key rotate: the new key is valid, but not every database knows when the old one ends; "
        "revoke the old "
        "one once its callers have the new one",
        ended);
  }
  return kDone;
}

int Revoke(const Session& session, const KeyOptions& options) {
  const absl::StatusOr<std::string> prefix = ParsePrefix(options.prefix);
  if (!prefix.ok()) return Misuse("key revoke", prefix.status());
  const absl::StatusOr<ApiKeyRow> key = Find(session, *prefix);
  if (!key.ok() && absl::IsNotFound(key.status())) return Fail("key revoke", key.status());
  // Wherever it can be, even if some database can't be read.
  const absl::Status revoked = RevokeApiKey(session.databases, *prefix);
  if (!revoked.ok()) {
    return Fail("key revoke: not revoked everywhere; repeat the command", revoked);
  }
  if (session.json) {
    std::cout << nlohmann::ordered_json({{"prefix", *prefix}}).dump(2) << "\n";
  } else {
    std::cout << "revoked: services refuse it within two seconds\n";
  }
  return kDone;
}

}  // namespace

void AddKeyCommands(CLI::App& app, Session& session) {
  CLI::App* group =
      app.add_subcommand("key", "Make, list, rotate and revoke the API keys of programs");
  group->require_subcommand(1);
  auto options = std::make_shared<KeyOptions>();
  const auto add = [&](const char* name, const char* what, auto run) {
    CLI::App* command = group->add_subcommand(name, what);
    command->callback([&session, options, run] {
      session.command = [&session, options, run] { return run(session, *options); };
    });
    return command;
  };
  CLI::App* create = add("create", "Make a key and print it, once", &Create);
  create->add_option("--for", options->owner, "The user or program that calls with it")->required();
  std::vector<std::string> roles;
  for (const auto& [role, name] : EnumNames(auth::Role{})) roles.emplace_back(name);
  create->add_option("--role", options->roles, "What it may do; may be given several times")
      ->required()
      ->check(CLI::IsMember(roles));
  create->add_option("--method", options->methods,
                     "Only for this service or method: OrderService, OrderService.GetOrder; may be "
                     "given several times");
  create->add_option("--expires", options->expires,
                     "Until when it is good: 90d, 12h, 2027-01-31T12:00:00Z; default: for ever");
  add("list", "Show all keys and when they were last used",
      [](const Session& in, const KeyOptions&) { return List(in); });
  CLI::App* rotate =
      add("rotate",
          "Make a successor, with a new secret, for a key; the old one is good for a while longer",
          &Rotate);
  rotate->add_option("PREFIX", options->prefix, "The key's prefix: the 16 digits after wbk_")
      ->required();
  rotate->add_option("--overlap", options->overlap, "How long the old key is good from now on")
      ->capture_default_str();
  CLI::App* revoke = add("revoke", "End a key at once, for good", &Revoke);
  revoke->add_option("PREFIX", options->prefix, "The key's prefix: the 16 digits after wbk_")
      ->required();
  const std::string footer =
      R"(Works in the databases of all services, as their owner: --orders-db and the others. Services take
API keys where auth.mode has "api_key"; a caller sends one as the metadata entry "authorization: Bearer KEY".

Examples:
  orderctl key create --for shop-frontend --role service --method OrderService --expires 90d
  orderctl key rotate 3f2a9c0b7d61e845 --overlap 24h)";
  for (CLI::App* command : group->get_subcommands({})) command->footer(footer);
  group->footer(footer);
}

}  // namespace waybill::orderctl
