// A Record holds what is published of one row; it copies none of the row's bytes.
#pragma once

#include <string_view>
#include <vector>

namespace waybill::outbox_relay {

struct Header {
  std::string_view name;
  std::string_view value;
};

// Refers to the row it was made from and to its mapper's scratch space: valid until the next row is
// read.
struct Record {
  // Without the configured prefix.
  std::string_view topic;
  // An empty key and none are the same.
  std::string_view key;
  std::string_view value;
  // False makes a tombstone.
  bool has_value = false;
  std::vector<Header> headers;

  // The memory that it takes until it is acknowledged, librdkafka's own bookkeeping included.
  std::size_t MemorySize() const { return WireSize() + 400 + 80 * headers.size(); }

  // What the broker counts against its limit, rounded up: one record in a batch of its own.
  std::size_t WireSize() const {
    std::size_t size = 128 + key.size() + value.size();
    for (const Header& header : headers) size += header.name.size() + header.value.size() + 10;
    return size;
  }
};

}  // namespace waybill::outbox_relay
