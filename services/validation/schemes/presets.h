// How each sender signs, as data.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_PRESETS_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_PRESETS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "overlock/config/v1/application.pb.h"
#include "services/validation/schemes/encoding.h"

namespace overlock::validation {

enum class Algorithm {
  // No signature of this kind.
  kNone,
  kHmacSha1,
  kHmacSha256,
  kHmacSha384,
  kHmacSha512,
  kEd25519,
  kEcdsaP256,
  kRsaSha256,
  // The secret itself is sent.
  kEquality,
};

// How a header holds signatures.
enum class Layout {
  // One, after a prefix.
  kWhole,
  // Several, and the time: `t=1,v1=ab,v1=cd`. The prefix is the name.
  kFields,
  // Several, separated by spaces: `v1,ab v1a,cd`. The prefix is the version.
  kList,
};

enum class TimeUnit { kSeconds, kMilliseconds };

// Requests that are answered without the function (handshake.h).
enum class HandshakeKind { kNone, kSlack, kDiscord, kZoom };

// A kind of signature that the header can hold, and how its secret is written.
struct SignatureKind {
  // kWhole: what stands before the signature; else its name or version.
  std::string_view prefix;
  Algorithm algorithm = Algorithm::kNone;
  Encoding encoding = Encoding::kHexLower;
  // Secrets that begin so are of this kind, the rest being the key; a secret that is of no kind is of the first.
  std::string_view secret_prefix;
  // How the key is written; public keys are read as PublicKey does.
  Encoding secret_encoding = Encoding::kPlain;
};

inline constexpr size_t kSignatureKinds = 2;

// A way of signing. Names of headers are in any case. Views refer to something that lives longer.
struct Preset {
  // For logs and metrics.
  std::string_view name;
  std::string_view header;
  // May hold another signature of the same form, as while a secret is rotated.
  std::string_view second_header;
  Layout layout = Layout::kWhole;
  // kFields: what stands between two.
  char separator = ',';
  SignatureKind kinds[kSignatureKinds];
  // What is signed (template.h).
  std::string_view signed_parts = "{body}";
  // Where the time is: in a header, in a field of the signature's header, or in a member of the body. At most one, but
  // where the body has none the header's counts. Empty for a sender that sends none.
  std::string_view timestamp_header;
  std::string_view timestamp_field;
  std::string_view timestamp_member;
  TimeUnit timestamp_unit = TimeUnit::kSeconds;
  // How far that time may be from ours, either way.
  int tolerance_seconds = 0;
  // The header with the id that `{id}` stands for.
  std::string_view id_header;
  // Where the delivery's id is: in a header or in a member of the body.
  std::string_view delivery_id_header;
  std::string_view delivery_id_member;
  HandshakeKind handshake = HandshakeKind::kNone;
};

// The preset of a method, in one form or several: the first whose header the request has counts alone, else the first.
// Empty for methods that have none: Stitch's own, NO_VALIDATION and GENERIC_HMAC.
absl::Span<const Preset> PresetsFor(config::v1::ValidationMethod method);
// VERIFY_PAYLOAD of webhooks and of endpoints.
absl::Span<const Preset> HookSignaturePresets();
absl::Span<const Preset> EndpointSignaturePresets();
// GENERIC_HMAC. The result refers to `settings`.
Preset GenericPreset(const config::v1::SignatureTemplate& settings);

// How far the sender's time may be from ours: as the settings say, else as the preset does.
absl::Duration ToleranceOf(const Preset& preset, const config::v1::ValidationSettings& settings);

// What is wrong with settings of this method, with the field's name, or nothing: to be asked when they are deployed.
// `secret` is empty where it is not known; it never stands in the answer.
std::optional<std::string> CheckSettings(config::v1::ValidationMethod method,
                                         const config::v1::ValidationSettings& settings, std::string_view secret);

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_PRESETS_H_
