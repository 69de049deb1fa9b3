// What all commands of orderctl share: the global options, and calls to the services.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "platform/kafka/client_config.h"

namespace waybill::orderctl {

// Exit codes of orderctl. kDone: the command succeeded.
inline constexpr int kDone = 0;
// The command failed.
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
// The command succeeded and its result is bad: violations were found, or events stay parked.
inline constexpr int kBad = 3;

// libpq connection strings. The defaults are those of the local stack.
struct Databases {
  std::string orders = "host=127.0.0.1 port=54320 dbname=orders user=waybill";
  std::string payments = "host=127.0.0.1 port=54320 dbname=payments user=waybill";
  std::string inventory = "host=127.0.0.1 port=54320 dbname=inventory user=waybill";
  std::string notifications = "host=127.0.0.1 port=54320 dbname=notifications user=waybill";
  std::string sandbox = "host=127.0.0.1 port=54320 dbname=sandbox user=waybill";
};

// PEM files for TLS, and the file with a bearer token; "" is what isn't used.
struct Credentials {
  // Verifies the servers. Calls are made without TLS when it is "".
  std::string ca;
  // The own certificate and its key.
  std::string certificate;
  std::string key;
  std::string token;
};

// Owned by main, which passes it to the commands. Not thread-safe.
struct Session {
  std::string user = "demo";
  // Whether the user was named, and isn't the default.
  bool names_user = false;
  Credentials credentials;
  std::string orders_address = "127.0.0.1:7101";
  std::string payments_address = "127.0.0.1:7102";
  std::string inventory_address = "127.0.0.1:7103";
  std::string notifications_address = "127.0.0.1:7104";
  Databases databases;
  kafka::KafkaConfig kafka{.brokers = "127.0.0.1:19092", .topic_prefix = "", .properties = {}};
  // The folder in which the local mail sink keeps its mails; "" if there is none.
  std::string mail_folder;
  bool json = false;

  // Runs the command that the command line names; returns the exit code.
  std::function<int()> command;
};

// How long a unary call may take, including its retries.
inline constexpr absl::Duration kCallTimeout = absl::Seconds(10);

// Prints "orderctl: <what>: NOT_FOUND (PRODUCT_NOT_FOUND): ..." and each field violation to stderr;
// returns kFailed.
int Fail(std::string_view what, const absl::Status& status);

// Returns a new random request id.
std::string NewRequestId();

// Returns a channel to HOST:PORT with the session's credentials; it shares no connection with another
// channel, and passes by any proxy that the environment names. Throws std::runtime_error when a file
// of the credentials can't be read.
std::shared_ptr<::grpc::Channel> ChannelTo(const Session& session, const std::string& address);

// Returns a context that names the user, or carries the token, and whose deadline is `timeout` from
// now. Throws std::runtime_error when the token can't be read.
std::unique_ptr<::grpc::ClientContext> MakeContext(const Session& session, absl::Duration timeout);

// Retries UNAVAILABLE, UNKNOWN and RESOURCE_EXHAUSTED: makes at most 4 calls within kCallTimeout,
// with backoff, or after the delay that the server asks for if that is longer. A retry is safe
// because every call that changes something carries a request_id.
absl::Status CallWithRetries(const Session& session,
                             const std::function<::grpc::Status(::grpc::ClientContext&)>& call);

// The same for a call that only operators may make.
absl::Status CallAsOperator(const Session& session,
                            const std::function<::grpc::Status(::grpc::ClientContext&)>& call);

}  // namespace waybill::orderctl
