#include "services/validation/schemes/paypal.h"

#include <zlib.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/validation/schemes/refusal_detail.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

constexpr size_t kTextBytesMax = 256;

// A header whose value stands between two `|` of what is signed.
std::string_view FieldOf(const type::v1::HttpRequest& request, std::string_view name) {
  HeaderValue line = FindHeader(request, name);
  bool fits = line.usable() && line.value->size() <= kTextBytesMax && line.value->find('|') == std::string::npos;
  return fits ? std::string_view(*line.value) : std::string_view();
}

std::string Checksum(std::string_view body) {
  return absl::StrCat(crc32_z(0, reinterpret_cast<const unsigned char*>(body.data()), body.size()));
}

}  // namespace

PaypalSecret SplitPaypalSecret(std::string_view secret) {
  size_t colon = secret.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  std::string_view id = secret.substr(0, colon);
  if (!std::all_of(id.begin(), id.end(), absl::ascii_isalnum)) return {};
  return {id, secret.substr(colon + 1)};
}

Paypal::Paypal(const Secrets& secrets, const config::v1::ValidationSettings& settings)
    : preset_(PresetsFor(config::v1::VALIDATION_METHOD_PAYPAL).front()), settings_(settings) {
  for (const Secret& secret : secrets) {
    PaypalSecret split = SplitPaypalSecret(secret.value);
    webhook_ids_.emplace_back(split.webhook_id);
    keys_.emplace_back(preset_, Secret{std::string(split.key), secret.expires_at});
  }
  refusal_ = CheckKeys(secrets, keys_);
}

Outcome Paypal::Check(const Input& input) const {
  if (refusal_ != Response::REFUSAL_UNSPECIFIED) return {.refusal = refusal_};
  SignatureHeader header;
  if (Refusal refusal = ReadSignatures(preset_, input.request, header)) return Refuse(preset_, refusal);
  if (FieldOf(input.request, "PAYPAL-AUTH-ALGO") != "SHA256withRSA") {
    return {.refusal = Response::REFUSAL_SIGNATURE_MALFORMED,
            .detail = "expected header PAYPAL-AUTH-ALGO to be SHA256withRSA"};
  }
  std::string_view time = FieldOf(input.request, preset_.timestamp_header);
  if (time.empty()) return Refuse(preset_, Response::REFUSAL_TIMESTAMP_MISSING);
  absl::Time parsed;
  std::string error;
  // Abseil also reads `infinite-future`.
  if (!absl::ascii_isdigit(static_cast<unsigned char>(time.front())) ||
      !absl::ParseTime(absl::RFC3339_full, time, &parsed, &error)) {
    return Refuse(preset_, Response::REFUSAL_TIMESTAMP_MALFORMED);
  }
  std::string_view id = FieldOf(input.request, preset_.id_header);
  if (id.empty()) return Refuse(preset_, Response::REFUSAL_DELIVERY_ID_MISSING);

  std::string checksum = Checksum(input.body);
  Outcome outcome;
  outcome.secret = MatchKey(keys_, input.now, [&](const Key& key) {
    const std::string& webhook_id = webhook_ids_[static_cast<size_t>(&key - keys_.data())];
    return key.Signed({id, "|", time, "|", webhook_id, "|", checksum}, header.signatures);
  });
  if (outcome.secret < 0) return RefuseSignature(keys_, input.now);
  // PayPal says no tolerance; its retries go on for three days.
  if (settings_.has_tolerance()) {
    absl::Duration tolerance = ToleranceOf(preset_, settings_);
    if (Refusal refusal = CheckTime(parsed, input.now, tolerance)) {
      return RefuseTime(refusal, parsed, input.now, tolerance);
    }
  }
  std::string_view id_header =
      settings_.delivery_id_header().empty() ? preset_.id_header : settings_.delivery_id_header();
  outcome.delivery_id = DeliveryId(input.request, id_header);
  return outcome;
}

}  // namespace overlock::validation
