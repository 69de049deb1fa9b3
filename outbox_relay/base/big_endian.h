// Reads and writes integers in network byte order, as PostgreSQL's protocol has them.
#pragma once

#include <endian.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace waybill::outbox_relay {

inline std::uint16_t ReadBig16(const char* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return be16toh(value);
}
inline std::uint32_t ReadBig32(const char* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return be32toh(value);
}
inline std::uint64_t ReadBig64(const char* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return be64toh(value);
}
inline void WriteBig64(char* at, std::uint64_t value) {
  value = htobe64(value);
  std::memcpy(at, &value, sizeof value);
}

// Reads one field after the other; once there are too few bytes left, `ok` stays false and every
// field is 0 or empty.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : at_(bytes.data()), left_(bytes.size()) {}

  std::uint8_t U8() { return Take(1) ? static_cast<std::uint8_t>(at_[-1]) : 0; }
  std::uint16_t U16() { return Take(2) ? ReadBig16(at_ - 2) : 0; }
  std::uint32_t U32() { return Take(4) ? ReadBig32(at_ - 4) : 0; }
  std::uint64_t U64() { return Take(8) ? ReadBig64(at_ - 8) : 0; }
  std::string_view Bytes(std::size_t size) {
    return Take(size) ? std::string_view(at_ - size, size) : std::string_view();
  }
  // Up to a zero byte, which is skipped.
  std::string_view CString() {
    const void* end = left_ == 0 ? nullptr : std::memchr(at_, 0, left_);
    if (end == nullptr) {
      ok_ = false;
      return {};
    }
    const auto size = static_cast<std::size_t>(static_cast<const char*>(end) - at_);
    return Bytes(size + 1).substr(0, size);
  }
  bool ok() const { return ok_; }
  std::size_t left() const { return left_; }

 private:
  bool Take(std::size_t size) {
    if (!ok_ || left_ < size) return ok_ = false;
    at_ += size;
    left_ -= size;
    return true;
  }

  const char* at_;
  std::size_t left_;
  bool ok_ = true;
};

}  // namespace waybill::outbox_relay
