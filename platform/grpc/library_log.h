// Brings what gRPC logs into our log.
#pragma once

namespace waybill::grpc {

// gRPC would write to stderr itself: in a form of its own, and waiting for whoever reads it. Its
// errors become warnings, because it logs as errors what it then mends. Errors beyond 10 per second
// become debug lines; the first error of a later second also logs a warning with their number.
// GRPC_VERBOSITY selects as ever. What gRPC doesn't mend is that a server can accept no more
// connections: that ends the program (shutdown::Request). Thread-safe.
void LogWhatGrpcLogs();

}  // namespace waybill::grpc
