#include "common/jwt/jwk_set.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/ejson/value.h"
#include "common/jwt/base64url.h"
#include "common/status/status.h"

namespace overlock::jwt {
namespace {

using Type = ejson::Value::Type;

absl::Status Bad(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_JWK_SET", absl::StrCat("JWK set: ", message));
}

// A member that is a string; empty if it is none.
std::string_view Text(const ejson::Value& object, std::string_view name) {
  const ejson::Value* value = object.Find(name);
  return value != nullptr && value->is(Type::kString) ? std::string_view(value->as_string()) : std::string_view();
}

bool IsForSignatures(const ejson::Value& jwk) {
  if (const ejson::Value* use = jwk.Find("use"); use != nullptr && Text(jwk, "use") != "sig") return false;
  const ejson::Value* operations = jwk.Find("key_ops");
  if (operations == nullptr) return true;
  if (!operations->is(Type::kArray)) return false;
  return std::any_of(operations->items().begin(), operations->items().end(), [](const ejson::Value& operation) {
    return operation.is(Type::kString) && operation.as_string() == "verify";
  });
}

std::optional<Key> KeyOf(const ejson::Value& jwk) {
  auto bytes = [&](std::string_view name) { return DecodeBase64Url(Text(jwk, name)).value_or(""); };
  std::string_view kind = Text(jwk, "kty");
  absl::StatusOr<Key> key = absl::UnknownError("");
  if (kind == "RSA") key = Key::FromRsa(bytes("n"), bytes("e"));
  if (kind == "EC") key = Key::FromCurve(Text(jwk, "crv"), bytes("x"), bytes("y"));
  if (kind == "OKP" && Text(jwk, "crv") == "Ed25519") key = Key::FromEd25519(bytes("x"));
  if (!key.ok()) return std::nullopt;
  return *std::move(key);
}

}  // namespace

absl::StatusOr<JwkSet> JwkSet::Parse(std::string_view text) {
  if (text.size() > kJwkSetBytesMax) return Bad(absl::StrCat("has more than ", kJwkSetBytesMax, " bytes"));
  absl::StatusOr<ejson::Value> root = ejson::Parse(text, {.depth_max = 16, .text_bytes_max = kJwkSetBytesMax});
  if (!root.ok()) return Bad("is no JSON text, or has a name twice");
  const ejson::Value* keys = root->Find("keys");
  if (keys == nullptr || !keys->is(Type::kArray)) return Bad("has no array 'keys'");
  if (keys->items().size() > kJwkSetKeysMax) return Bad(absl::StrCat("has more than ", kJwkSetKeysMax, " keys"));
  static std::atomic<uint64_t> last_serial = 0;
  JwkSet set;
  set.serial_ = ++last_serial;
  for (const ejson::Value& jwk : keys->items()) {
    if (!jwk.is(Type::kDocument) || !IsForSignatures(jwk)) continue;
    std::optional<Algorithm> algorithm = AlgorithmOf(Text(jwk, "alg"));
    if (jwk.Find("alg") != nullptr && !algorithm) continue;
    std::optional<Key> key = KeyOf(jwk);
    if (!key || (algorithm && !key->Serves(*algorithm))) continue;
    set.keys_.push_back({std::string(Text(jwk, "kid")), algorithm, *std::move(key)});
  }
  return set;
}

bool JwkSet::Has(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Jwk& jwk) { return jwk.id == key_id; });
}

bool JwkSet::HasSigned(const Token& token) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Jwk& jwk) {
    if (!token.key_id().empty() && jwk.id != token.key_id()) return false;
    if (jwk.algorithm && *jwk.algorithm != token.algorithm()) return false;
    return token.SignedBy(jwk.key);
  });
}

}  // namespace overlock::jwt
