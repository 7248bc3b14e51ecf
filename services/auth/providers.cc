#include "services/auth/providers.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/ejson/parse.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/auth/json_skim.h"
#include "services/auth/user_rows.h"

namespace overlock::auth {
namespace {

using Type = ejson::Value::Type;

constexpr size_t kKeysMax = 16;
constexpr size_t kAudiencesMax = 100;
constexpr size_t kMetadataFieldsMax = 64;

absl::Status Bad(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_PROVIDER", message);
}

std::string StringOf(const ejson::Value& object, std::string_view name) {
  const ejson::Value* value = object.Find(name);
  return value != nullptr && value->is(Type::kString) ? value->as_string() : "";
}

bool BoolOf(const ejson::Value& object, std::string_view name) {
  const ejson::Value* value = object.Find(name);
  return value != nullptr && value->is(Type::kBool) && value->as_bool();
}

// `signingKeys.0`, `signingKey` and, as a newer form has it, `secret_signing_keys.0`.
bool IsSigningKey(std::string_view field) {
  std::string name = absl::AsciiStrToLower(field);
  return absl::StartsWith(name, "signingkey") || absl::StartsWith(name, "secret_signing_key");
}

// The text of the member at a path of names separated by dots; nothing if there is none.
std::optional<std::string> FindText(std::string_view json, std::string_view path) {
  std::string text(json);
  for (absl::string_view name : absl::StrSplit(absl::string_view(path), '.')) {
    std::optional<std::string> found;
    bool is_object = SkimObject(text, [&](std::string_view member, std::string_view value) {
      if (member == std::string_view(name)) found = std::string(value);
    });
    if (!is_object || !found) return std::nullopt;
    text = *std::move(found);
  }
  return text;
}

absl::StatusOr<ejson::Value> ParseKind(const std::string& json, Type type, std::string_view what) {
  absl::StatusOr<ejson::Value> value = ejson::Parse(json);
  if (!value.ok() || !value->is(type)) return Bad(absl::StrCat(what, ": cannot be read"));
  return value;
}

}  // namespace

absl::StatusOr<TokenProvider> TokenProvider::Make(const config::v1::AuthProvider& provider,
                                                  const config::v1::AuthView::ProviderSecrets& secrets,
                                                  std::string_view app_id) {
  static std::atomic<uint64_t> last_serial = 0;
  TokenProvider made;
  made.serial_ = ++last_serial;
  OVERLOCK_RETURN_IF_ERROR(made.ReadConfig(provider, app_id));
  OVERLOCK_RETURN_IF_ERROR(made.ReadMetadataFields(provider.metadata_fields_json()));
  if (!made.jwk_uri_.empty()) return made;
  std::vector<std::string> texts;
  for (const auto& [field, text] : secrets.secrets()) {
    if (IsSigningKey(field)) texts.push_back(text);
  }
  // Old exports have it in the open.
  OVERLOCK_ASSIGN_OR_RETURN(ejson::Value config, ParseKind(provider.config_json(), Type::kDocument, "config"));
  if (std::string text = StringOf(config, "signingKey"); !text.empty()) texts.push_back(std::move(text));
  OVERLOCK_RETURN_IF_ERROR(made.ReadKeys(texts));
  return made;
}

absl::Status TokenProvider::ReadConfig(const config::v1::AuthProvider& provider, std::string_view app_id) {
  OVERLOCK_ASSIGN_OR_RETURN(ejson::Value config, ParseKind(provider.config_json(), Type::kDocument, "config"));
  if (BoolOf(config, "useJWKURI")) {
    jwk_uri_ = StringOf(config, "jwkURI");
    if (jwk_uri_.empty()) return Bad("config.jwkURI: is missing");
  }
  std::string algorithm = StringOf(config, "signingAlgorithm");
  algorithm_ = jwt::AlgorithmOf(algorithm);
  if (!algorithm.empty() && !algorithm_) {
    return Bad(
        "config.signingAlgorithm: must be HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA");
  }
  if (jwk_uri_.empty() && !algorithm_) algorithm_ = jwt::Algorithm::kHs256;
  if (!jwk_uri_.empty() && algorithm_ && jwt::IsSymmetric(*algorithm_)) {
    return Bad("config.signingAlgorithm: keys at a URI are public, so it cannot be HS256, HS384 or HS512");
  }
  any_audience_ = BoolOf(config, "requireAnyAudience");
  if (const ejson::Value* audience = config.Find("audience"); audience != nullptr) {
    if (audience->is(Type::kString)) audiences_.push_back(audience->as_string());
    if (audience->is(Type::kArray)) {
      for (const ejson::Value& item : audience->items()) {
        if (!item.is(Type::kString)) return Bad("config.audience: must hold strings");
        audiences_.push_back(item.as_string());
      }
    }
    if (audiences_.size() > kAudiencesMax) return Bad(absl::StrCat("config.audience: at most ", kAudiencesMax));
  }
  std::erase(audiences_, "");
  if (audiences_.empty()) audiences_.emplace_back(app_id);
  return absl::OkStatus();
}

absl::Status TokenProvider::ReadMetadataFields(const std::string& json) {
  if (json.empty()) return absl::OkStatus();
  OVERLOCK_ASSIGN_OR_RETURN(ejson::Value fields, ParseKind(json, Type::kArray, "metadata_fields"));
  if (fields.items().size() > kMetadataFieldsMax) {
    return Bad(absl::StrCat("metadata_fields: at most ", kMetadataFieldsMax));
  }
  for (const ejson::Value& item : fields.items()) {
    MetadataField field{BoolOf(item, "required"), StringOf(item, "name"), StringOf(item, "field_name")};
    if (field.path.empty()) return Bad("metadata_fields: one has no name");
    if (field.name.empty()) field.name = field.path;
    auto same = [&](const MetadataField& other) { return other.name == field.name; };
    if (std::any_of(metadata_fields_.begin(), metadata_fields_.end(), same)) {
      return Bad("metadata_fields: two have the same field_name");
    }
    metadata_fields_.push_back(std::move(field));
  }
  return absl::OkStatus();
}

absl::Status TokenProvider::ReadKeys(const std::vector<std::string>& texts) {
  if (texts.empty()) return Bad("secret_config.signingKeys: none of the secrets is set, so no token can be checked");
  if (texts.size() > kKeysMax) return Bad(absl::StrCat("secret_config.signingKeys: at most ", kKeysMax));
  for (const std::string& text : texts) {
    absl::StatusOr<jwt::Key> key = jwt::IsSymmetric(*algorithm_) ? jwt::Key::FromSecret(text) : jwt::Key::FromPem(text);
    if (!key.ok()) return Bad(absl::StrCat("secret_config.signingKeys: ", std::string(key.status().message())));
    if (!key->Serves(*algorithm_)) return Bad("secret_config.signingKeys: a key does not fit config.signingAlgorithm");
    keys_.push_back(*std::move(key));
  }
  return absl::OkStatus();
}

bool TokenProvider::Allows(jwt::Algorithm algorithm) const {
  return algorithm_ ? *algorithm_ == algorithm : !jwt::IsSymmetric(algorithm);
}

absl::StatusOr<TokenProvider::Subject> TokenProvider::Check(const jwt::Token& token, const jwt::JwkSet* keys,
                                                            ProofCache& proofs, absl::Time now) const {
  auto refused = [](std::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_TOKEN", absl::StrCat("token: ", message));
  };
  if (!Allows(token.algorithm())) return refused("has another algorithm than the provider");
  if (!IsSigned(token, keys, proofs)) return refused("no key of the provider has signed it");
  OVERLOCK_RETURN_IF_ERROR(token.CheckClaims(now));
  if (!token.IsFor(audiences_, any_audience_)) return refused("is for another audience");
  Subject subject;
  subject.identity.set_provider_type("custom-token");
  subject.identity.set_id(token.subject());
  if (!CheckIdentity(subject.identity).ok()) return refused("sub is too long");
  OVERLOCK_ASSIGN_OR_RETURN(subject.data_json, DataOf(token));
  return subject;
}

bool TokenProvider::IsSigned(const jwt::Token& token, const jwt::JwkSet* keys, ProofCache& proofs) const {
  if (!jwk_uri_.empty() && keys == nullptr) return false;
  auto verify = [&] {
    auto signed_by = [&](const jwt::Key& key) { return token.SignedBy(key); };
    return jwk_uri_.empty() ? std::any_of(keys_.begin(), keys_.end(), signed_by) : keys->HasSigned(token);
  };
  // To look an HMAC up takes one itself.
  if (jwt::IsSymmetric(token.algorithm())) return verify();
  const std::string against =
      absl::StrCat(serial_, " ", keys == nullptr ? 0 : keys->serial(), " ", static_cast<int>(token.algorithm()));
  const std::string proof = absl::StrCat(token.signature().size(), " ", token.signature(), token.message());
  const std::string tag = proofs.TagOf(against, proof);
  if (proofs.Contains(tag)) return true;
  if (!verify()) return false;
  proofs.Insert(tag);
  return true;
}

absl::StatusOr<std::string> TokenProvider::DataOf(const jwt::Token& token) const {
  std::string json = "{";
  for (const MetadataField& field : metadata_fields_) {
    std::optional<std::string> value = FindText(token.claims_json(), field.path);
    if (!value && field.required) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_TOKEN",
                   absl::StrCat("token: the claim '", field.path, "' is missing, which metadata_fields require"));
    }
    if (!value) continue;
    // `{"name":` without the brace, and the value's own text.
    std::string name = ObjectOf("", field.name);
    name = name.substr(std::string_view("{\"\":").size());
    name.pop_back();
    absl::StrAppend(&json, json.size() > 1 ? "," : "", name, ":", *value);
  }
  return json + "}";
}

std::shared_ptr<const Providers> MakeProviders(const config::v1::AuthView& view, std::string_view app_id) {
  auto providers = std::make_shared<Providers>();
  for (const config::v1::AuthProvider& provider : view.auth_providers()) {
    if (provider.disabled()) continue;
    if (provider.type() == "local-userpass") providers->local_userpass = true;
    if (provider.type() == "api-key") providers->api_key = true;
    if (provider.type() != "custom-token") continue;
    config::v1::AuthView::ProviderSecrets secrets;
    for (const auto& candidate : view.provider_secrets()) {
      if (candidate.provider() == provider.name()) secrets = candidate;
    }
    absl::StatusOr<TokenProvider> token_provider = TokenProvider::Make(provider, secrets, app_id);
    if (token_provider.ok()) {
      providers->custom_token = std::make_shared<const TokenProvider>(*std::move(token_provider));
    } else {
      log::Warning("the provider takes no tokens",
                   {{"app", app_id}, {"provider", provider.name()}, {"error", token_provider.status().message()}});
    }
  }
  return providers;
}

}  // namespace overlock::auth
