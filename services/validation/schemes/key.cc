#include "services/validation/schemes/key.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/crypto/constant_time.h"
#include "common/crypto/hmac.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

// Null for algorithms that are no HMAC.
const char* HashOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kHmacSha1:
      return "SHA1";
    case Algorithm::kHmacSha256:
      return "SHA256";
    case Algorithm::kHmacSha384:
      return "SHA384";
    case Algorithm::kHmacSha512:
      return "SHA512";
    default:
      return nullptr;
  }
}

std::optional<PublicKey::Type> PublicKeyTypeOf(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEd25519:
      return PublicKey::Type::kEd25519;
    case Algorithm::kEcdsaP256:
      return PublicKey::Type::kEcdsaP256;
    case Algorithm::kRsaSha256:
      return PublicKey::Type::kRsa;
    default:
      return std::nullopt;
  }
}

// Which kind a secret is of, by how it begins.
size_t KindOf(const Preset& preset, std::string_view secret) {
  for (size_t kind = 0; kind < kSignatureKinds; ++kind) {
    std::string_view prefix = preset.kinds[kind].secret_prefix;
    if (!prefix.empty() && secret.starts_with(prefix)) return kind;
  }
  return 0;
}

}  // namespace

Key::Key(const Preset& preset, const Secret& secret)
    : kind_(KindOf(preset, secret.value)), expires_at_(secret.expires_at) {
  const SignatureKind& kind = preset.kinds[kind_];
  std::string_view text = secret.value;
  if (text.starts_with(kind.secret_prefix)) text.remove_prefix(kind.secret_prefix.size());
  if (auto type = PublicKeyTypeOf(kind.algorithm)) {
    if (auto key = PublicKey::Parse(*type, text)) key_ = *std::move(key);
    return;
  }
  std::optional<std::string> bytes = Decode(kind.secret_encoding, text);
  if (!bytes || bytes->empty()) return;
  if (const char* hash = HashOf(kind.algorithm)) {
    key_.emplace<HmacKey>(hash, *bytes);
  } else if (kind.algorithm == Algorithm::kEquality) {
    key_ = *std::move(bytes);
  }
}

bool Key::Signed(absl::Span<const std::string_view> parts, absl::Span<const Candidate> signatures) const {
  std::string digest = std::holds_alternative<HmacKey>(key_) ? std::get<HmacKey>(key_).Compute(parts) : "";
  bool matches = false;
  for (const Candidate& signature : signatures) {
    if (signature.kind != kind_) continue;
    if (!digest.empty()) {
      matches |= crypto::ConstantTimeEquals(signature.bytes, digest);
    } else if (const auto* key = std::get_if<PublicKey>(&key_)) {
      matches |= key->Verify(parts, signature.bytes);
    } else if (const auto* plain = std::get_if<std::string>(&key_)) {
      matches |= crypto::SecretEquals(signature.bytes, *plain);
    }
  }
  return matches;
}

std::string Key::Sign(std::string_view text) const {
  const auto* key = std::get_if<HmacKey>(&key_);
  return key == nullptr ? "" : key->Compute({text});
}

Keys MakeKeys(const Preset& preset, const Secrets& secrets) {
  Keys keys;
  keys.reserve(secrets.size());
  for (const Secret& secret : secrets) keys.emplace_back(preset, secret);
  return keys;
}

Refusal CheckKeys(const Secrets& secrets, const Keys& keys) {
  if (!HasSecret(secrets)) return Response::REFUSAL_NO_SECRET_CONFIGURED;
  bool usable = std::any_of(keys.begin(), keys.end(), [](const Key& key) { return key.usable(); });
  return usable ? Response::REFUSAL_UNSPECIFIED : Response::REFUSAL_MISCONFIGURED;
}

}  // namespace overlock::validation
