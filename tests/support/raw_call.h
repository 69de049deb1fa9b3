// Calls a method with bytes that no generated client would send, or of a type that a test knows only
// through reflection.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace waybill::test {

struct RawAnswer {
  ::grpc::Status status;
  // All messages up to the status: one of a unary method that answers OK.
  std::vector<std::string> messages;
};

// Sends one request, in which `bytes` are the message, and reads until the call has ended. `method`
// is "/package.Service/Method", unary or streaming. Blocks until the context's deadline at most.
RawAnswer CallBytes(const std::shared_ptr<::grpc::Channel>& channel, ::grpc::ClientContext& context,
                    const std::string& method, const std::string& bytes);
// As user "ann".
RawAnswer CallBytes(const std::shared_ptr<::grpc::Channel>& channel, const std::string& method,
                    const std::string& bytes);

// How many bytes the status takes in a call's trailers on the wire, uncompressed, by the rule of
// HTTP/2's header list size (RFC 9113 section 6.5.2).
std::size_t TrailerSizeOf(const ::grpc::Status& status);

}  // namespace waybill::test
