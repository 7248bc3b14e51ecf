// Hexadecimal text: ObjectIds and UUIDs.
#ifndef OVERLOCK_COMMON_EJSON_HEX_H_
#define OVERLOCK_COMMON_EJSON_HEX_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace overlock::ejson {

// Reads exactly 24 digits, in either case; false for anything else.
bool FromHex(std::string_view text, std::array<uint8_t, 12>& bytes);
// 24 digits in lower case.
std::string ToHex(const std::array<uint8_t, 12>& bytes);

// Reads `8-4-4-4-12` digits, in either case, into 16 bytes; false for anything else.
bool UuidFromText(std::string_view text, std::string& bytes);
// `8-4-4-4-12` digits in lower case; `bytes` must be 16.
std::string UuidToText(std::string_view bytes);

}  // namespace overlock::ejson

#endif  // OVERLOCK_COMMON_EJSON_HEX_H_
