// OpenSslPtr owns one object of OpenSSL's: OpenSslPtr<BIO, BIO_free_all>.
#pragma once

#include <memory>

namespace waybill {

template <auto Free>
struct OpenSslFree {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using OpenSslPtr = std::unique_ptr<T, OpenSslFree<Free>>;

}  // namespace waybill
