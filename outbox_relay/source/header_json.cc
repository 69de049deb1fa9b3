#include "outbox_relay/source/header_json.h"

#include <cstdint>
#include <cstring>

namespace waybill::outbox_relay {
namespace {

// U+FFFD: half of a surrogate pair is no character.
constexpr std::uint32_t kReplacement = 0xFFFD;

class Scanner {
 public:
  Scanner(std::string_view json, std::string* scratch) : json_(json), scratch_(scratch) {
    scratch_->clear();
    // A decoded string is never longer than its source, so nothing that refers to the scratch
    // moves.
    scratch_->reserve(json.size());
  }

  bool Object(std::vector<Header>* headers) {
    if (!Skip('{')) return false;
    if (Skip('}')) return AtEnd();
    do {
      Header header;
      bool is_null = false;
      if (!String(&header.name) || !Skip(':') || !Value(&header.value, &is_null)) return false;
      if (!is_null) headers->push_back(header);
    } while (Skip(','));
    return Skip('}') && AtEnd();
  }

 private:
  void SkipSpace() {
    while (at_ < json_.size() && std::strchr(" \t\r\n", json_[at_]) != nullptr && json_[at_] != 0)
      ++at_;
  }
  bool Skip(char c) {
    SkipSpace();
    if (at_ >= json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool AtEnd() {
    SkipSpace();
    return at_ == json_.size();
  }

  bool String(std::string_view* out) {
    if (!Skip('"')) return false;
    const std::size_t start = at_;
    while (at_ < json_.size() && json_[at_] != '"' && json_[at_] != '\\') ++at_;
    if (at_ >= json_.size()) return false;
    if (json_[at_] == '"') {
      *out = json_.substr(start, at_++ - start);
      return true;
    }
    const std::size_t decoded = scratch_->size();
    scratch_->append(json_.substr(start, at_ - start));
    while (at_ < json_.size() && json_[at_] != '"') {
      if (json_[at_] != '\\') {
        scratch_->push_back(json_[at_++]);
      } else if (!Escape()) {
        return false;
      }
    }
    *out = std::string_view(*scratch_).substr(decoded);
    return at_++ < json_.size();
  }

  bool Escape() {
    if (at_ + 1 >= json_.size()) return false;
    const char c = json_[at_ + 1];
    at_ += 2;
    static constexpr char kFrom[] = "\"\\/bfnrt";
    static constexpr char kTo[] = "\"\\/\b\f\n\r\t";
    if (const char* found = std::strchr(kFrom, c); found != nullptr && c != 0) {
      scratch_->push_back(kTo[found - kFrom]);
      return true;
    }
    std::uint32_t code = 0;
    if (c != 'u' || !Hex4(&code)) return false;
    if (IsSurrogate(code) && !Pair(&code)) code = kReplacement;
    AppendUtf8(code);
    return true;
  }

  static bool IsSurrogate(std::uint32_t code) { return code >= 0xD800 && code < 0xE000; }

  // Makes the character of the surrogate and the one that follows; false if they are no pair.
  bool Pair(std::uint32_t* code) {
    std::uint32_t low = 0;
    const std::size_t start = at_;
    if (*code < 0xDC00 && json_.substr(at_, 2) == "\\u") {
      at_ += 2;
      if (Hex4(&low) && low >= 0xDC00 && low < 0xE000) {
        *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
        return true;
      }
    }
    at_ = start;
    return false;
  }

  bool Hex4(std::uint32_t* code) {
    if (at_ + 4 > json_.size()) return false;
    for (int i = 0; i < 4; ++i) {
      const char c = json_[at_++];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return false;
      *code = *code << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  void AppendUtf8(std::uint32_t code) {
    const auto push = [this](std::uint32_t byte) { scratch_->push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      push(code);
    } else if (code < 0x800) {
      push(0xC0 | code >> 6);
      push(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      push(0xE0 | code >> 12);
      push(0x80 | (code >> 6 & 0x3F));
      push(0x80 | (code & 0x3F));
    } else {
      push(0xF0 | (code >> 18 & 7));
      push(0x80 | (code >> 12 & 0x3F));
      push(0x80 | (code >> 6 & 0x3F));
      push(0x80 | (code & 0x3F));
    }
  }

  bool Value(std::string_view* out, bool* is_null) {
    SkipSpace();
    if (at_ < json_.size() && json_[at_] == '"') return String(out);
    const std::size_t start = at_;
    int depth = 0;
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (c == '"') {
        std::string_view inner;
        if (!String(&inner)) return false;
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}')) break;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    }
    *out = json_.substr(start, at_ - start);
    while (!out->empty() && std::strchr(" \t\r\n", out->back()) != nullptr) out->remove_suffix(1);
    *is_null = *out == "null";
    return !out->empty() && depth == 0;
  }

  std::string_view json_;
  std::string* scratch_;
  std::size_t at_ = 0;
};

}  // namespace

bool AppendJsonHeaders(std::string_view json, std::vector<Header>* headers, std::string* scratch) {
  return Scanner(json, scratch).Object(headers);
}

}  // namespace waybill::outbox_relay
