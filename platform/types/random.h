// Random bytes that nobody can guess.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace waybill {

// Thread-safe. Both end the process when the operating system has no entropy at all: ids must not repeat
// then, and no secret may be guessed.
void FillWithRandom(std::span<std::uint8_t> bytes);
std::string RandomBytes(std::size_t size);

}  // namespace waybill
