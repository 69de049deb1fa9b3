// These types hold text that satisfies a rule. Parse checks the rule; the explicit constructor
// doesn't.
//
//   ASSIGN_OR_RETURN(const Sku sku, Sku::Parse(item.product_id()));
//
// Errors are kInvalidArgument, and their message continues a sentence that begins with the field's
// name: "is longer than 64 characters". No message holds the text itself.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace waybill {

// A plain value. `Rule::Parse` checks a text and returns it in its normal form.
template <typename Rule>
class CheckedText {
 public:
  CheckedText() = default;
  // Doesn't check: for a text that was checked before, as one from our own tables.
  explicit CheckedText(std::string value) : value_(std::move(value)) {}
  // A literal in the program, for rules that allow it.
  template <std::size_t N>
  requires(Rule::kFromLiteral) CheckedText(const char (&literal)[N])  // NOLINT: implicit by design
      : value_(literal) {}
  static absl::StatusOr<CheckedText> Parse(std::string_view text) {
    absl::StatusOr<std::string> value = Rule::Parse(text);
    if (!value.ok()) return value.status();
    return CheckedText(*std::move(value));
  }

  const std::string& value() const { return value_; }
  friend auto operator<=>(const CheckedText&, const CheckedText&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const CheckedText& text) {
    return H::combine(std::move(h), text.value_);
  }

 private:
  std::string value_;
};

struct SkuRule {
  static constexpr bool kFromLiteral = false;
  static absl::StatusOr<std::string> Parse(std::string_view text);
};
struct UserIdRule {
  static constexpr bool kFromLiteral = false;
  static absl::StatusOr<std::string> Parse(std::string_view text);
};
struct EmailAddressRule {
  static constexpr bool kFromLiteral = false;
  static absl::StatusOr<std::string> Parse(std::string_view text);
};

// A product's id, as the catalog and the stock know it: 1 to 64 characters of [A-Za-z0-9._-].
using Sku = CheckedText<SkuRule>;
// Who calls, as authentication names them: 1 to 64 characters of [A-Za-z0-9._@|:+-].
using UserId = CheckedText<UserIdRule>;
// A mailbox in its everyday form (RFC 5321 section 4.1.2: dot-string @ domain) of at most 254 ASCII
// characters; Parse turns an internationalized domain into its A-labels (RFC 5891). It holds no
// line break, space or angle bracket, so it is safe in a header and an SMTP command. Never logged.
using EmailAddress = CheckedText<EmailAddressRule>;

// The part after the '@'.
std::string DomainOf(const EmailAddress& address);

// Returns `text` if it has 1 to `max_size` characters, all of them in [A-Za-z0-9._-] or in `more`.
absl::StatusOr<std::string> ParseName(std::string_view text, std::size_t max_size,
                                      std::string_view more = "");

}  // namespace waybill
