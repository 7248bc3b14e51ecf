// What the settings of a method must be: CheckSettings of presets.h.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/http_token.h"
#include "services/validation/schemes/key.h"
#include "services/validation/schemes/paypal.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/template.h"

namespace overlock::validation {
namespace {

using config::v1::ValidationMethod;
using config::v1::ValidationSettings;
using Fault = std::optional<std::string>;

constexpr size_t kHeaderNameBytesMax = 128;
constexpr size_t kPrefixBytesMax = 128;
constexpr absl::Duration kToleranceMax = absl::Hours(24);

bool IsHeaderName(std::string_view name) { return name.size() <= kHeaderNameBytesMax && IsHttpToken(name); }

// `name` may be empty.
Fault CheckHeaderName(std::string_view field, std::string_view name) {
  if (name.empty() || IsHeaderName(name)) return std::nullopt;
  return absl::StrCat(field, ": not a header's name of at most ", kHeaderNameBytesMax, " characters");
}

Fault CheckTemplate(const config::v1::SignatureTemplate& signature) {
  if (signature.template_().empty()) return std::nullopt;
  auto parts = ParseTemplate(signature.template_());
  if (!parts.ok()) return absl::StrCat("signature.template: ", std::string_view(parts.status().message()));
  if (!HasPart(*parts, Part::Kind::kBody)) return "signature.template: needs {body}, or the body would not be signed";
  if (HasPart(*parts, Part::Kind::kTimestamp) && signature.timestamp_header().empty()) {
    return "signature.timestamp_header: needed for {timestamp}";
  }
  if (HasPart(*parts, Part::Kind::kId) && signature.id_header().empty()) return "signature.id_header: needed for {id}";
  return std::nullopt;
}

Fault CheckGeneric(const config::v1::SignatureTemplate& signature) {
  if (signature.header().empty()) return "signature.header: the header that holds the signature is needed";
  for (auto [field, name] : {std::pair("signature.header", &signature.header()),
                             std::pair("signature.timestamp_header", &signature.timestamp_header()),
                             std::pair("signature.id_header", &signature.id_header())}) {
    if (Fault fault = CheckHeaderName(field, *name)) return fault;
  }
  if (signature.prefix().size() > kPrefixBytesMax) {
    return absl::StrCat("signature.prefix: has more than ", kPrefixBytesMax, " bytes");
  }
  if (GenericPreset(signature).kinds[0].algorithm == Algorithm::kNone) return "signature.algorithm: unknown";
  return CheckTemplate(signature);
}

Fault CheckTolerance(const ValidationSettings& settings) {
  if (!settings.has_tolerance()) return std::nullopt;
  absl::Duration tolerance = ToleranceOf(Preset(), settings);
  if (tolerance > absl::ZeroDuration() && tolerance <= kToleranceMax) return std::nullopt;
  return "tolerance: must be more than 0 and at most a day";
}

// Says what a secret must be that is none.
std::string SecretNeeded(ValidationMethod method, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEd25519:
      return "must be an Ed25519 public key: 32 bytes in hexadecimal digits or base64, or PEM";
    case Algorithm::kEcdsaP256:
      return "must be a public key on P-256: base64 or PEM";
    case Algorithm::kRsaSha256:
      return method == config::v1::VALIDATION_METHOD_PAYPAL
                 ? "must be `<webhook id>:` and then PayPal's RSA public key or certificate: base64 or PEM"
                 : "must be an RSA public key of at least 2048 bits: base64 or PEM";
    default:
      return method == config::v1::VALIDATION_METHOD_STANDARD_WEBHOOKS
                 ? "must be base64, `whsec_` before it or not, or `whpk_` and a public key"
                 : "is not written as `signature.secret_encoding` says";
  }
}

Fault CheckSecret(ValidationMethod method, absl::Span<const Preset> presets, std::string_view secret) {
  if (secret.empty() || presets.empty()) return std::nullopt;
  std::string_view text = method == config::v1::VALIDATION_METHOD_PAYPAL ? SplitPaypalSecret(secret).key : secret;
  for (const Preset& preset : presets) {
    if (Key(preset, {std::string(text)}).usable()) return std::nullopt;
  }
  return absl::StrCat("secret: ", SecretNeeded(method, presets.front().kinds[0].algorithm));
}

}  // namespace

Fault CheckSettings(ValidationMethod method, const ValidationSettings& settings, std::string_view secret) {
  if (Fault fault = CheckTolerance(settings)) return fault;
  if (Fault fault = CheckHeaderName("delivery_id_header", settings.delivery_id_header())) return fault;
  if (method != config::v1::VALIDATION_METHOD_GENERIC_HMAC) {
    if (settings.has_signature()) return "signature: only GENERIC_HMAC has one";
    return CheckSecret(method, PresetsFor(method), secret);
  }
  if (Fault fault = CheckGeneric(settings.signature())) return fault;
  Preset preset = GenericPreset(settings.signature());
  return CheckSecret(method, {&preset, 1}, secret);
}

}  // namespace overlock::validation
