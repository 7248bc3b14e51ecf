// Reads what a sender put into headers. Nothing here is secret yet.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_HEADER_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_HEADER_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "overlock/type/v1/http.pb.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// A header's lines.
struct HeaderValue {
  // The first line's; null without any.
  const std::string* value = nullptr;
  // There are more. A proxy and we might look at different ones.
  bool repeated = false;

  // Whether there is exactly one, and something in it.
  bool usable() const { return value != nullptr && !repeated && !value->empty(); }
};

// Finds the lines of `name`, which is in any case; those of an empty name are none.
HeaderValue FindHeader(const type::v1::HttpRequest& request, std::string_view name);

// A signature as its sender wrote it, decoded.
struct Candidate {
  // Which of Preset::kinds.
  size_t kind;
  std::string bytes;
};

// What a signature header says.
struct SignatureHeader {
  // Those that are of a known kind and have its form, at most 8.
  absl::InlinedVector<Candidate, 2> signatures;
  // The time's fields, as kFields has them.
  std::optional<std::string_view> timestamp;
  bool timestamp_repeated = false;
};

// Reads a header's value in the preset's layout and adds to `header`. False if it has another layout, more than 4 KiB
// or too many signatures.
bool ParseSignatureHeader(const Preset& preset, std::string_view value, SignatureHeader& header);

// Reads the preset's header, and the second one where there is one. REFUSAL_UNSPECIFIED if there is a signature.
Refusal ReadSignatures(const Preset& preset, const type::v1::HttpRequest& request, SignatureHeader& header);

// The time that 1 to 15 digits say, or nothing.
std::optional<absl::Time> ParseUnixTime(TimeUnit unit, std::string_view text);

// REFUSAL_UNSPECIFIED if `time` is at most `tolerance` before or after `now`.
Refusal CheckTime(absl::Time time, absl::Time now, absl::Duration tolerance);

// The id of a delivery in that header: 1 to 256 bytes; empty if there is no such header or it occurs twice.
std::string DeliveryId(const type::v1::HttpRequest& request, std::string_view header);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_SIGNATURE_HEADER_H_
