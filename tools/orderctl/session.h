// What every command of orderctl shares: the options before the command's name, and calling a
// service.
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

// Exit codes of orderctl.
inline constexpr int kDone = 0;
// It could not be done, or not be found out.
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
// It was done, and the answer is bad: violations were found, events stay parked.
inline constexpr int kBad = 3;

// libpq connection strings; the defaults are those of the local stack.
struct Databases {
  std::string orders = "host=127.0.0.1 port=54320 dbname=orders user=waybill";
  std::string payments = "host=127.0.0.1 port=54320 dbname=payments user=waybill";
  std::string inventory = "host=127.0.0.1 port=54320 dbname=inventory user=waybill";
  std::string notifications = "host=127.0.0.1 port=54320 dbname=notifications user=waybill";
  std::string sandbox = "host=127.0.0.1 port=54320 dbname=sandbox user=waybill";
};

// Owned by main and lent to the commands. Not thread-safe.
struct Session {
  std::string user = "demo";
  std::string orders_address = "127.0.0.1:7101";
  std::string payments_address = "127.0.0.1:7102";
  std::string inventory_address = "127.0.0.1:7103";
  std::string notifications_address = "127.0.0.1:7104";
  Databases databases;
  kafka::KafkaConfig kafka{.brokers = "127.0.0.1:19092", .topic_prefix = "", .properties = {}};
  // Where the local mail sink keeps its mails; "" where there is none.
  std::string mail_folder;
  bool json = false;

  // The command that the command line names; its result is the exit code.
  std::function<int()> command;
};

// How long a unary call may take, its repetitions included.
inline constexpr absl::Duration kCallTimeout = absl::Seconds(10);

// Prints "orderctl: <what>: NOT_FOUND (PRODUCT_NOT_FOUND): ..." and each field violation to stderr;
// returns kFailed.
int Fail(std::string_view what, const absl::Status& status);

// A new random request id.
std::string NewRequestId();

std::shared_ptr<::grpc::Channel> OrdersChannel(const Session& session);
std::shared_ptr<::grpc::Channel> InventoryChannel(const Session& session);

// A context that names the user and ends after `timeout`.
std::unique_ptr<::grpc::ClientContext> MakeContext(const Session& session, absl::Duration timeout);

// Calls until there is an answer that isn't worth repeating: at most 4 times, with backoff or when
// the server says, within kCallTimeout. Every call that changes something carries a request_id, so
// that a repetition is safe.
absl::Status CallWithRetries(const Session& session,
                             const std::function<::grpc::Status(::grpc::ClientContext&)>& call);

}  // namespace waybill::orderctl
