#include "services/validation/schemes/refusal_detail.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

// Where the sender's time stands.
std::string PlaceOfTime(const Preset& preset) {
  if (!preset.timestamp_field.empty()) return absl::StrCat("`", preset.timestamp_field, "` in header ", preset.header);
  std::string header = absl::StrCat("header ", preset.timestamp_header);
  if (preset.timestamp_member.empty()) return header;
  return absl::StrCat("`", preset.timestamp_member, "` in the body, else ", header);
}

std::string Tried(size_t counting, size_t expired) {
  return absl::StrCat("of ", counting, counting == 1 ? " secret" : " secrets", " that count", counting == 1 ? "s" : "",
                      " (", expired, " expired)");
}

int64_t SecondsOf(absl::Duration duration) { return absl::ToInt64Seconds(duration); }

std::string PresetDetail(const Preset& preset, Refusal refusal) {
  switch (refusal) {
    case Response::REFUSAL_SIGNATURE_MISSING:
      return absl::StrCat("expected header ", preset.header, ", which is missing or empty");
    case Response::REFUSAL_SIGNATURE_MALFORMED:
      return absl::StrCat("header ", preset.header, " occurs twice, or is not written as ", preset.name, " asks for");
    case Response::REFUSAL_TIMESTAMP_MISSING:
      return absl::StrCat("expected a time: ", PlaceOfTime(preset), ", which is missing or empty");
    case Response::REFUSAL_TIMESTAMP_MALFORMED:
      return absl::StrCat("expected a time: ", PlaceOfTime(preset), ", which is none or occurs twice");
    case Response::REFUSAL_DELIVERY_ID_MISSING:
      return absl::StrCat("expected the delivery's id: header ", preset.id_header,
                          ", which is missing, occurs twice or is no id");
    default:
      return DetailOf(refusal);
  }
}

}  // namespace

std::string DetailOf(Refusal refusal) {
  switch (refusal) {
    case Response::REFUSAL_SECRET_MISSING:
      return "the query has no `secret`";
    case Response::REFUSAL_SECRET_REPEATED:
      return "the query has `secret` twice";
    case Response::REFUSAL_NO_SECRET_CONFIGURED:
      return "there is no secret to check with: it is not configured, or not set";
    case Response::REFUSAL_METHOD_UNKNOWN:
      return "this version does not know the validation method";
    case Response::REFUSAL_ADDRESS_NOT_ALLOWED:
      return "the request came from an address that is not in the list of those allowed";
    case Response::REFUSAL_MISCONFIGURED:
      return "the settings or the secrets do not fit the method, e.g. a public key that is none";
    case Response::REFUSAL_HANDSHAKE_MALFORMED:
      return "the challenge has another form than this sender gives it";
    default:
      return "";
  }
}

Outcome Refuse(const Preset& preset, Refusal refusal) {
  return {.refusal = refusal, .detail = PresetDetail(preset, refusal)};
}

Outcome RefuseTime(Refusal refusal, absl::Time time, absl::Time now, absl::Duration tolerance) {
  const bool is_old = time < now;
  return {.refusal = refusal,
          .detail = absl::StrCat("the sender's time is ", SecondsOf(is_old ? now - time : time - now),
                                 is_old ? " s ago" : " s ahead of ours", "; allowed: ", SecondsOf(tolerance), " s")};
}

Outcome RefuseSignature(const Keys& keys, absl::Time now) {
  size_t counting = 0, expired = 0;
  for (const Key& key : keys) {
    counting += key.counts(now);
    expired += key.usable() && !key.counts(now);
  }
  return {.refusal = Response::REFUSAL_SIGNATURE_MISMATCH,
          .detail = absl::StrCat("the signature is that of none ", Tried(counting, expired),
                                 ": the sender has another one, or something that is signed was changed on its way")};
}

Outcome RefuseSecret(const Secrets& secrets, absl::Time now) {
  size_t counting = 0, expired = 0;
  for (const Secret& secret : secrets) {
    counting += !secret.value.empty() && now < secret.expires_at;
    expired += !secret.value.empty() && now >= secret.expires_at;
  }
  return {.refusal = Response::REFUSAL_SECRET_MISMATCH,
          .detail = absl::StrCat("`secret` in the query is none ", Tried(counting, expired))};
}

}  // namespace overlock::validation
