// Brings what gRPC logs into our log.
#pragma once

namespace waybill::grpc {

// gRPC would write to stderr itself: in a form of its own, and waiting for whoever reads it. Its
// errors become warnings, because it logs as errors what it then mends; those beyond ten a second are
// debug lines, and are counted in one warning. GRPC_VERBOSITY selects as ever. What it doesn't mend is that a server can accept no more connections: that ends the program
// (shutdown::Request). Thread-safe.
void LogWhatGrpcLogs();

}  // namespace waybill::grpc
