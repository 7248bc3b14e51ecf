#include "services/validation/schemes/presets.h"

namespace overlock::validation {
namespace {

using config::v1::SignatureTemplate;

constexpr int kFiveMinutes = 300;

constexpr SignatureKind Hex(std::string_view prefix, Algorithm algorithm = Algorithm::kHmacSha256) {
  return {.prefix = prefix, .algorithm = algorithm, .encoding = Encoding::kHexLower};
}

constexpr SignatureKind Base64(std::string_view prefix, Algorithm algorithm = Algorithm::kHmacSha256) {
  return {.prefix = prefix, .algorithm = algorithm, .encoding = Encoding::kBase64};
}

// Stitch did not say in which case its digits are.
constexpr SignatureKind kStitch = {
    .prefix = "sha256=", .algorithm = Algorithm::kHmacSha256, .encoding = Encoding::kHex};

constexpr Preset kHookSignature[] = {{.name = "hook_signature", .header = "X-Hook-Signature", .kinds = {kStitch}}};

// Senders of a webhook that was converted to an endpoint need to learn nothing but the new URL.
constexpr Preset kEndpointSignature[] = {
    {.name = "endpoint_signature", .header = "Endpoint-Signature", .kinds = {kStitch}},
    {.name = "endpoint_signature", .header = "X-Hook-Signature", .kinds = {kStitch}},
};

// GitHub sends both headers; the older one counts only where the newer is missing.
constexpr Preset kGithub[] = {
    {.name = "github",
     .header = "X-Hub-Signature-256",
     .kinds = {Hex("sha256=")},
     .delivery_id_header = "X-GitHub-Delivery"},
    {.name = "github",
     .header = "X-Hub-Signature",
     .kinds = {Hex("sha1=", Algorithm::kHmacSha1)},
     .delivery_id_header = "X-GitHub-Delivery"},
};

constexpr SignatureKind kStandardHmac = {.prefix = "v1",
                                         .algorithm = Algorithm::kHmacSha256,
                                         .encoding = Encoding::kBase64,
                                         .secret_prefix = "whsec_",
                                         .secret_encoding = Encoding::kBase64AnyPadding};
constexpr SignatureKind kStandardEd25519 = {
    .prefix = "v1a", .algorithm = Algorithm::kEd25519, .encoding = Encoding::kBase64, .secret_prefix = "whpk_"};

constexpr Preset StandardWebhooks(std::string_view name, std::string_view signature, std::string_view timestamp,
                                  std::string_view id) {
  return {.name = name,
          .header = signature,
          .layout = Layout::kList,
          .kinds = {kStandardHmac, kStandardEd25519},
          .signed_parts = "{id}.{timestamp}.{body}",
          .timestamp_header = timestamp,
          .tolerance_seconds = kFiveMinutes,
          .id_header = id};
}

constexpr Preset kStandardWebhooks[] = {
    StandardWebhooks("standard_webhooks", "webhook-signature", "webhook-timestamp", "webhook-id"),
    StandardWebhooks("standard_webhooks", "svix-signature", "svix-timestamp", "svix-id"),
};

constexpr Preset kGitlab[] = {
    StandardWebhooks("gitlab", "webhook-signature", "webhook-timestamp", "webhook-id"),
    {.name = "gitlab",
     .header = "X-Gitlab-Token",
     .kinds = {{.algorithm = Algorithm::kEquality, .encoding = Encoding::kPlain}},
     .delivery_id_header = "Idempotency-Key"},
};

constexpr Preset kBitbucket[] = {{.name = "bitbucket",
                                  .header = "X-Hub-Signature",
                                  .kinds = {Hex("sha256=")},
                                  .delivery_id_header = "X-Request-UUID"}};

constexpr Preset kStripe[] = {{.name = "stripe",
                               .header = "Stripe-Signature",
                               .layout = Layout::kFields,
                               .kinds = {Hex("v1")},
                               .signed_parts = "{timestamp}.{body}",
                               .timestamp_field = "t",
                               .tolerance_seconds = kFiveMinutes,
                               .delivery_id_member = "id"}};

constexpr Preset kSlack[] = {{.name = "slack",
                              .header = "X-Slack-Signature",
                              .kinds = {Hex("v0=")},
                              .signed_parts = "v0:{timestamp}:{body}",
                              .timestamp_header = "X-Slack-Request-Timestamp",
                              .tolerance_seconds = kFiveMinutes,
                              .delivery_id_member = "event_id",
                              .handshake = HandshakeKind::kSlack}};

constexpr Preset kShopify[] = {{.name = "shopify",
                                .header = "X-Shopify-Hmac-SHA256",
                                .kinds = {Base64("")},
                                .delivery_id_header = "X-Shopify-Webhook-Id"}};

// What Twilio signs is in twilio.h.
constexpr Preset kTwilio[] = {{.name = "twilio",
                               .header = "X-Twilio-Signature",
                               .kinds = {Base64("", Algorithm::kHmacSha1)},
                               .delivery_id_header = "I-Twilio-Idempotency-Token"}};

constexpr Preset kSquare[] = {{.name = "square",
                               .header = "x-square-hmacsha256-signature",
                               .kinds = {Base64("")},
                               .signed_parts = "{url}{body}",
                               .delivery_id_member = "event_id"}};

constexpr Preset kSendgrid[] = {{.name = "sendgrid",
                                 .header = "X-Twilio-Email-Event-Webhook-Signature",
                                 .kinds = {Base64("", Algorithm::kEcdsaP256)},
                                 .signed_parts = "{timestamp}{body}",
                                 .timestamp_header = "X-Twilio-Email-Event-Webhook-Timestamp",
                                 .tolerance_seconds = kFiveMinutes}};

constexpr Preset kDiscord[] = {{.name = "discord",
                                .header = "X-Signature-Ed25519",
                                .kinds = {Hex("", Algorithm::kEd25519)},
                                .signed_parts = "{timestamp}{body}",
                                .timestamp_header = "X-Signature-Timestamp",
                                .tolerance_seconds = kFiveMinutes,
                                .handshake = HandshakeKind::kDiscord}};

constexpr Preset kZoom[] = {{.name = "zoom",
                             .header = "x-zm-signature",
                             .kinds = {Hex("v0=")},
                             .signed_parts = "v0:{timestamp}:{body}",
                             .timestamp_header = "x-zm-request-timestamp",
                             .tolerance_seconds = kFiveMinutes,
                             .handshake = HandshakeKind::kZoom}};

// Only the time in the body is signed; the header's is for bodies without one.
constexpr Preset kLinear[] = {{.name = "linear",
                               .header = "Linear-Signature",
                               .kinds = {Hex("")},
                               .timestamp_header = "Linear-Timestamp",
                               .timestamp_member = "webhookTimestamp",
                               .timestamp_unit = TimeUnit::kMilliseconds,
                               .tolerance_seconds = 60,
                               .delivery_id_header = "Linear-Delivery"}};

constexpr Preset kPaddle[] = {{.name = "paddle",
                               .header = "Paddle-Signature",
                               .layout = Layout::kFields,
                               .separator = ';',
                               .kinds = {Hex("h1")},
                               .signed_parts = "{timestamp}:{body}",
                               .timestamp_field = "ts",
                               .tolerance_seconds = 5,
                               .delivery_id_member = "event_id"}};

// What PayPal signs is in paypal.h.
constexpr Preset kPaypal[] = {{.name = "paypal",
                               .header = "PAYPAL-TRANSMISSION-SIG",
                               .kinds = {Base64("", Algorithm::kRsaSha256)},
                               .timestamp_header = "PAYPAL-TRANSMISSION-TIME",
                               .id_header = "PAYPAL-TRANSMISSION-ID"}};

constexpr Preset kHookdeck[] = {{.name = "hookdeck",
                                 .header = "x-hookdeck-signature",
                                 .second_header = "x-hookdeck-signature-2",
                                 .kinds = {Base64("")},
                                 .delivery_id_header = "x-hookdeck-eventid"}};

Algorithm AlgorithmOf(SignatureTemplate::Algorithm algorithm) {
  switch (algorithm) {
    case SignatureTemplate::ALGORITHM_UNSPECIFIED:
    case SignatureTemplate::ALGORITHM_SHA256:
      return Algorithm::kHmacSha256;
    case SignatureTemplate::ALGORITHM_SHA1:
      return Algorithm::kHmacSha1;
    case SignatureTemplate::ALGORITHM_SHA384:
      return Algorithm::kHmacSha384;
    case SignatureTemplate::ALGORITHM_SHA512:
      return Algorithm::kHmacSha512;
    default:
      return Algorithm::kNone;
  }
}

Encoding EncodingOf(SignatureTemplate::Encoding encoding, Encoding unspecified) {
  switch (encoding) {
    case SignatureTemplate::ENCODING_HEX:
      return Encoding::kHex;
    case SignatureTemplate::ENCODING_BASE64:
      return Encoding::kBase64AnyPadding;
    case SignatureTemplate::ENCODING_BASE64URL:
      return Encoding::kBase64Url;
    default:
      return unspecified;
  }
}

}  // namespace

absl::Span<const Preset> HookSignaturePresets() { return kHookSignature; }
absl::Span<const Preset> EndpointSignaturePresets() { return kEndpointSignature; }

absl::Span<const Preset> PresetsFor(config::v1::ValidationMethod method) {
  switch (method) {
    case config::v1::VALIDATION_METHOD_GITHUB:
      return kGithub;
    case config::v1::VALIDATION_METHOD_GITLAB:
      return kGitlab;
    case config::v1::VALIDATION_METHOD_BITBUCKET:
      return kBitbucket;
    case config::v1::VALIDATION_METHOD_STRIPE:
      return kStripe;
    case config::v1::VALIDATION_METHOD_SLACK:
      return kSlack;
    case config::v1::VALIDATION_METHOD_SHOPIFY:
      return kShopify;
    case config::v1::VALIDATION_METHOD_TWILIO:
      return kTwilio;
    case config::v1::VALIDATION_METHOD_STANDARD_WEBHOOKS:
      return kStandardWebhooks;
    case config::v1::VALIDATION_METHOD_SQUARE:
      return kSquare;
    case config::v1::VALIDATION_METHOD_SENDGRID:
      return kSendgrid;
    case config::v1::VALIDATION_METHOD_DISCORD:
      return kDiscord;
    case config::v1::VALIDATION_METHOD_ZOOM:
      return kZoom;
    case config::v1::VALIDATION_METHOD_LINEAR:
      return kLinear;
    case config::v1::VALIDATION_METHOD_PADDLE:
      return kPaddle;
    case config::v1::VALIDATION_METHOD_PAYPAL:
      return kPaypal;
    case config::v1::VALIDATION_METHOD_HOOKDECK:
      return kHookdeck;
    default:
      return {};
  }
}

Preset GenericPreset(const SignatureTemplate& settings) {
  return {.name = "generic_hmac",
          .header = settings.header(),
          .kinds = {{.prefix = settings.prefix(),
                     .algorithm = AlgorithmOf(settings.algorithm()),
                     .encoding = EncodingOf(settings.encoding(), Encoding::kHex),
                     .secret_encoding = EncodingOf(settings.secret_encoding(), Encoding::kPlain)}},
          .signed_parts = settings.template_().empty() ? std::string_view("{body}") : settings.template_(),
          .timestamp_header = settings.timestamp_header(),
          .tolerance_seconds = settings.timestamp_header().empty() ? 0 : kFiveMinutes,
          .id_header = settings.id_header()};
}

absl::Duration ToleranceOf(const Preset& preset, const config::v1::ValidationSettings& settings) {
  if (!settings.has_tolerance()) return absl::Seconds(preset.tolerance_seconds);
  return absl::Seconds(settings.tolerance().seconds()) + absl::Nanoseconds(settings.tolerance().nanos());
}

}  // namespace overlock::validation
