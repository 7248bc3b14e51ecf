// Signatures that stand in a header of their own: a prefix, then an HMAC of the body in hexadecimal digits.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_HEADER_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_HEADER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "overlock/type/v1/http.pb.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// Where a sender puts its signature and how it makes it.
struct SignatureHeader {
  // The header's name, in any case.
  std::string_view name;
  // What stands before the digest, e.g. `sha256=`. Required, and in this case.
  std::string_view prefix;
  // The HMAC as raw bytes.
  std::string (*hmac)(std::string_view key, std::string_view message);
  // How many bytes `hmac` gives; the header has twice as many hexadecimal digits, in either case.
  size_t digest_bytes;
};

// Whether the request has the header at all, empty or not.
bool HasHeader(const type::v1::HttpRequest& request, std::string_view name);

// Checks the signature against the body's exact bytes, in constant time. A header that is missing or empty is
// SIGNATURE_MISSING; one that occurs twice or has another form is SIGNATURE_MALFORMED.
Refusal CheckSignatureHeader(const SignatureHeader& header, std::string_view secret,
                             const type::v1::HttpRequest& request, std::string_view body);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_HEADER_H_
