#include "services/validation/schemes/signature_header.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

constexpr size_t kHeaderBytesMax = 4096;
constexpr size_t kSignaturesMax = 8;
constexpr size_t kItemsMax = 32;
constexpr size_t kTimeDigitsMax = 15;
constexpr size_t kDeliveryIdBytesMax = 256;

bool SizeFits(Algorithm algorithm, size_t bytes) {
  switch (algorithm) {
    case Algorithm::kHmacSha1:
      return bytes == 20;
    case Algorithm::kHmacSha256:
      return bytes == 32;
    case Algorithm::kHmacSha384:
      return bytes == 48;
    case Algorithm::kHmacSha512:
    case Algorithm::kEd25519:
      return bytes == 64;
    case Algorithm::kEcdsaP256:
      return bytes >= 8 && bytes <= 72;
    case Algorithm::kRsaSha256:
      return bytes >= 256 && bytes <= 1024;
    case Algorithm::kEquality:
      return true;
    case Algorithm::kNone:
      return false;
  }
  return false;
}

// False if there are too many. What does not decode is left out.
bool Add(const Preset& preset, size_t kind, std::string_view text, SignatureHeader& header) {
  std::optional<std::string> bytes = Decode(preset.kinds[kind].encoding, text);
  if (!bytes || bytes->empty() || !SizeFits(preset.kinds[kind].algorithm, bytes->size())) return true;
  header.signatures.push_back({kind, *std::move(bytes)});
  return header.signatures.size() <= kSignaturesMax;
}

// Adds a signature of the kind that is called `name`; others are no concern of ours.
bool AddNamed(const Preset& preset, std::string_view name, std::string_view text, SignatureHeader& header) {
  for (size_t kind = 0; kind < kSignatureKinds; ++kind) {
    bool used = preset.kinds[kind].algorithm != Algorithm::kNone;
    if (used && preset.kinds[kind].prefix == name) return Add(preset, kind, text, header);
  }
  return true;
}

// Calls `item(name, value)` for each `<name><between><value>`; false if one has another form or they are too many.
template <typename Item>
bool ForEachItem(std::string_view rest, char separator, char between, Item item) {
  for (size_t count = 0; count < kItemsMax; ++count) {
    size_t end = std::min(rest.find(separator), rest.size());
    std::string_view text = rest.substr(0, end);
    size_t middle = text.find(between);
    if (middle == std::string_view::npos || !item(text.substr(0, middle), text.substr(middle + 1))) return false;
    if (end == rest.size()) return true;
    rest.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

HeaderValue FindHeader(const type::v1::HttpRequest& request, std::string_view name) {
  HeaderValue found;
  if (name.empty()) return found;
  for (const type::v1::Header& line : request.headers()) {
    if (!absl::EqualsIgnoreCase(line.name(), name)) continue;
    if (found.value != nullptr) found.repeated = true;
    if (found.value == nullptr) found.value = &line.value();
  }
  return found;
}

bool ParseSignatureHeader(const Preset& preset, std::string_view value, SignatureHeader& header) {
  if (value.size() > kHeaderBytesMax) return false;
  switch (preset.layout) {
    case Layout::kWhole: {
      if (!value.starts_with(preset.kinds[0].prefix)) return false;
      return Add(preset, 0, value.substr(preset.kinds[0].prefix.size()), header);
    }
    case Layout::kFields:
      return ForEachItem(value, preset.separator, '=', [&](std::string_view name, std::string_view text) {
        if (name != preset.timestamp_field) return AddNamed(preset, name, text, header);
        header.timestamp_repeated = header.timestamp.has_value();
        header.timestamp = text;
        return !header.timestamp_repeated;
      });
    case Layout::kList:
      return ForEachItem(value, ' ', ',', [&](std::string_view version, std::string_view text) {
        return AddNamed(preset, version, text, header);
      });
  }
  return false;
}

Refusal ReadSignatures(const Preset& preset, const type::v1::HttpRequest& request, SignatureHeader& header) {
  HeaderValue first = FindHeader(request, preset.header);
  HeaderValue second = FindHeader(request, preset.second_header);
  if (first.repeated || second.repeated) return Response::REFUSAL_SIGNATURE_MALFORMED;
  if (!first.usable()) return Response::REFUSAL_SIGNATURE_MISSING;
  bool read = ParseSignatureHeader(preset, *first.value, header);
  if (read && second.usable()) read = ParseSignatureHeader(preset, *second.value, header);
  if (header.timestamp_repeated) return Response::REFUSAL_TIMESTAMP_MALFORMED;
  return read && !header.signatures.empty() ? Response::REFUSAL_UNSPECIFIED : Response::REFUSAL_SIGNATURE_MALFORMED;
}

std::optional<absl::Time> ParseUnixTime(TimeUnit unit, std::string_view text) {
  // Fewer digits than any that overflows, so nothing is left of SimpleAtoi's other forms.
  if (text.empty() || text.size() > kTimeDigitsMax) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) return std::nullopt;
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return unit == TimeUnit::kSeconds ? absl::FromUnixSeconds(number) : absl::FromUnixMillis(number);
}

Refusal CheckTime(absl::Time time, absl::Time now, absl::Duration tolerance) {
  if (now - time > tolerance) return Response::REFUSAL_TIMESTAMP_TOO_OLD;
  if (time - now > tolerance) return Response::REFUSAL_TIMESTAMP_IN_FUTURE;
  return Response::REFUSAL_UNSPECIFIED;
}

std::string DeliveryId(const type::v1::HttpRequest& request, std::string_view header) {
  HeaderValue id = FindHeader(request, header);
  return id.usable() && id.value->size() <= kDeliveryIdBytesMax ? *id.value : "";
}

}  // namespace overlock::validation
