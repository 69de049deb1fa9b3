// Makes UTF-8 of the text of a database in another encoding.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace waybill::outbox_relay {

// Not thread-safe. Nothing blocks.
class Utf8Converter {
 public:
  // `encoding` as server_encoding has it. Text of UTF8 is right already; of SQL_ASCII, which is any
  // bytes, what is UTF-8 is taken for it.
  explicit Utf8Converter(const std::string& encoding);

  // FailedPrecondition for an encoding that iconv doesn't know: only ASCII is converted then.
  const absl::Status& status() const { return status_; }
  // Puts the UTF-8 form of `text` into `utf8`: `text` itself, or `scratch`, whose content is
  // replaced. False if there is none: `utf8` is then as it was.
  bool Convert(std::string_view text, std::string* scratch, std::string_view* utf8);

 private:
  enum class Kind { kRight, kVerified, kConverted };
  struct Closer {
    void operator()(void* descriptor) const;
  };

  Kind kind_;
  absl::Status status_;
  std::unique_ptr<void, Closer> descriptor_;
};

// `text`, which is UTF-8, in a server's encoding. FailedPrecondition if it can't be written there.
absl::StatusOr<std::string> FromUtf8(std::string_view text, const std::string& encoding);

// For what has to be text whatever its bytes are: what isn't printable ASCII is written as \xNN.
std::string Escaped(std::string_view bytes);

}  // namespace waybill::outbox_relay
