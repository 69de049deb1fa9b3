// Serves the sandbox over HTTP.
//
//   POST /v1/payment_intents
//   GET  /v1/payment_intents/ID
//   GET  /v1/payment_intents/search?query=metadata['order_id']:'…'
//   POST /v1/payment_intents/ID/capture
//   POST /v1/payment_intents/ID/cancel
//   POST /v1/refunds
//   GET  /v1/refunds?payment_intent=ID[&limit=N]
//   GET  /admin/ledger[?order_id=…]
//   GET  /admin/faults
//   POST /admin/faults
//   GET  /health
//
// /v1 wants an API key (Authorization: Bearer); /admin and /health want none: the server is for
// 127.0.0.1.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "tools/payment_sandbox/api.h"
#include "tools/payment_sandbox/config.h"
#include "tools/payment_sandbox/reply_metrics.h"

namespace waybill::payment_sandbox {

// Owns the thread that accepts connections and the threads that serve them. The API must outlive
// it. Start and Stop must be called from one thread.
class HttpServer {
 public:
  HttpServer(HttpConfig config, Api& api, ReplyMetrics metrics);
  // Calls Stop.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds the address and serves in the background. Errors: kInvalidArgument when `listen` is not
  // host:port, kUnavailable when the address is in use.
  absl::Status Start();
  int port() const { return port_; }
  // Refuses new connections and waits for running calls; call Api::Interrupt first. Blocks for at
  // most about 10 s.
  void Stop();

 private:
  class Impl;

  const HttpConfig config_;
  std::unique_ptr<Impl> impl_;
  int port_ = 0;
};

}  // namespace waybill::payment_sandbox
