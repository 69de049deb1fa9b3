// HttpServer serves small answers over HTTP, whoever else is connected.
#pragma once

#include <functional>
#include <list>
#include <thread>

#include "platform/metrics/http_connection.h"
#include "platform/metrics/socket.h"

namespace waybill::metrics {

// One thread polls all connections, so a client that is silent, or slow, delays no other. At most
// 256 connections are open; one more drops the oldest. A connection carries one request, within
// HttpConnection's deadlines. Not a server for anything that blocks: `handler` runs on that thread.
//
// Neither cpp-httplib nor CivetWeb does as well, because each gives a connection a thread for as
// long as its client likes to send a byte now and then.
//
// Start and Stop from one thread.
class HttpServer {
 public:
  // `accept` makes a connection's stream of the socket that a client has connected to.
  using Accept = std::function<ByteStream(Socket)>;

  HttpServer(Socket listener, Accept accept, HttpHandler handler);
  // Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void Start();
  // Drops the connections. Blocks while the handler runs. May be called twice.
  void Stop();
  int port() const { return listener_.port(); }

 private:
  using Clock = HttpConnection::Clock;

  void Run();
  // False when the server is to end.
  bool Poll();
  int TimeoutMs() const;
  void AcceptAll();

  const Socket listener_;
  const Accept accept_;
  const HttpHandler handler_;
  // Becomes readable when the server is to end.
  const Socket stop_;
  // The thread's alone, the oldest first.
  std::list<HttpConnection> connections_;
  // Nothing is accepted before: the process has no descriptor left.
  Clock::time_point accept_from_;
  std::thread thread_;
};

}  // namespace waybill::metrics
