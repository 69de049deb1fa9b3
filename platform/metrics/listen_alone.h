// ListenAlone keeps a second process from listening on an HTTP server's port.
#pragma once

#include <httplib.h>
#include <sys/socket.h>

namespace waybill::metrics {

// Call before the server binds. The library's default would let a second process listen on the same
// port, and refuse one on which connections of a server that has just ended still linger.
inline void ListenAlone(httplib::Server& server) {
  server.set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
}

}  // namespace waybill::metrics
