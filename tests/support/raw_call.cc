#include "tests/support/raw_call.h"

#include <grpcpp/generic/generic_stub.h>

#include <string_view>

#include "tests/support/grpc_client.h"

namespace waybill::test {

RawAnswer CallBytes(const std::shared_ptr<::grpc::Channel>& channel, ::grpc::ClientContext& context,
                    const std::string& method, const std::string& bytes) {
  ::grpc::GenericStub stub(channel);
  ::grpc::CompletionQueue queue;
  const auto happens = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  happens();
  const ::grpc::Slice slice(bytes);
  call->WriteLast(::grpc::ByteBuffer(&slice, 1), {}, nullptr);
  happens();
  RawAnswer answer;
  while (true) {
    ::grpc::ByteBuffer buffer;
    call->Read(&buffer, nullptr);
    ::grpc::Slice whole;
    if (!happens() || !buffer.DumpToSingleSlice(&whole).ok()) break;
    answer.messages.emplace_back(reinterpret_cast<const char*>(whole.begin()), whole.size());
  }
  call->Finish(&answer.status, nullptr);
  happens();
  return answer;
}

RawAnswer CallBytes(const std::shared_ptr<::grpc::Channel>& channel, const std::string& method,
                    const std::string& bytes) {
  return CallBytes(channel, *MakeContext("ann"), method, bytes);
}

std::size_t TrailerSizeOf(const ::grpc::Status& status) {
  constexpr std::size_t kPerHeader = 32;
  constexpr std::string_view kNamesAndCode = "grpc-status16grpc-messagegrpc-status-details-bin";
  std::size_t message = 0;
  for (const unsigned char c : status.error_message()) {
    message += c >= 0x20 && c < 0x7f && c != '%' ? 1 : 3;
  }
  const std::size_t details = (status.error_details().size() + 2) / 3 * 4;
  return 3 * kPerHeader + kNamesAndCode.size() + message + details;
}

}  // namespace waybill::test
