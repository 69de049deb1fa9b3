#include "tools/orderctl/session.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "platform/executor/backoff.h"
#include "platform/types/error.h"
#include "platform/types/read_file.h"
#include "platform/types/strings.h"
#include "platform/types/utf8.h"
#include "platform/types/uuid.h"
#include "tools/rpc/from_grpc.h"

namespace waybill::orderctl {
namespace {

constexpr int kMaxCalls = 4;
// A payload may have a megabyte.
constexpr int kMaxAnswerBytes = 64 * 1024 * 1024;

bool IsWorthRepeating(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsUnknown(status) ||
         absl::IsResourceExhausted(status);
}

// Throws when there is nothing to read: no command can go on without it.
std::string MustRead(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (text.ok() && !text->empty()) return *std::move(text);
  throw std::runtime_error(text.ok() ? StrCat(path, " is empty") : StrCat("can't read ", path));
}

}  // namespace

int Fail(std::string_view what, const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  std::cerr << "orderctl: " << what << ": " << absl::StatusCodeToString(status.code());
  if (!reason.empty()) std::cerr << " (" << ToVisibleText(reason) << ")";
  std::cerr << ": " << ToVisibleText(ToStd(status.message())) << "\n";
  for (const FieldViolation& violation : ViolationsOf(status)) {
    std::cerr << "  " << ToVisibleText(violation.field) << ": "
              << ToVisibleText(violation.description) << "\n";
  }
  return kFailed;
}

std::string NewRequestId() { return Uuid::NewV7().ToString(); }

std::shared_ptr<::grpc::Channel> ChannelTo(const Session& session, const std::string& address) {
  ::grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // gRPC would send calls of 127.0.0.1, too, to what http_proxy names.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  const Credentials& credentials = session.credentials;
  if (credentials.ca.empty()) {
    return ::grpc::CreateCustomChannel(address, ::grpc::InsecureChannelCredentials(), arguments);
  }
  ::grpc::SslCredentialsOptions options;
  options.pem_root_certs = MustRead(credentials.ca);
  if (!credentials.certificate.empty()) {
    options.pem_cert_chain = MustRead(credentials.certificate);
    options.pem_private_key = MustRead(credentials.key);
  }
  return ::grpc::CreateCustomChannel(address, ::grpc::SslCredentials(options), arguments);
}

std::unique_ptr<::grpc::ClientContext> MakeContext(const Session& session, absl::Duration timeout) {
  auto context = std::make_unique<::grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  // With a token only if --user was given: it names the user for whom a service acts.
  if (session.credentials.token.empty() || session.names_user) {
    context->AddMetadata("x-user-id", session.user);
  }
  if (!session.credentials.token.empty()) {
    const std::string token = MustRead(session.credentials.token);
    context->AddMetadata("authorization",
                         StrCat("Bearer ", ToStd(absl::StripAsciiWhitespace(token))));
  }
  return context;
}

absl::Status CallWithRetries(const Session& session,
                             const std::function<::grpc::Status(::grpc::ClientContext&)>& call) {
  const absl::Time deadline = absl::Now() + kCallTimeout;
  Backoff backoff({.initial = absl::Milliseconds(100), .max = absl::Seconds(1)});
  while (true) {
    const auto context = MakeContext(session, deadline - absl::Now());
    const absl::Status status = rpc::FromGrpc(call(*context));
    if (!IsWorthRepeating(status)) return status;
    const absl::Duration wait =
        std::max(backoff.Next(), RetryAfterOf(status).value_or(absl::ZeroDuration()));
    if (backoff.failures() >= kMaxCalls || absl::Now() + wait > deadline) return status;
    absl::SleepFor(wait);
  }
}

absl::Status CallAsOperator(const Session& session,
                            const std::function<::grpc::Status(::grpc::ClientContext&)>& call) {
  return CallWithRetries(session, [&](::grpc::ClientContext& context) {
    context.AddMetadata("x-user-role", "operator");
    return call(context);
  });
}

}  // namespace waybill::orderctl
