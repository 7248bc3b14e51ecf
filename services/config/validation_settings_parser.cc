#include "services/config/validation_settings_parser.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/http/network_list.h"
#include "services/config/validation_methods.h"

namespace overlock::config {
namespace {

constexpr size_t kSecretsMax = 8;
constexpr size_t kAddressesMax = 256;
constexpr size_t kUrlBytesMax = 2048;
constexpr int64_t kToleranceSecondsMax = 24 * 60 * 60;
constexpr int64_t kDeduplicateSecondsMax = 7 * 24 * 60 * 60;
// What google.protobuf.Timestamp can hold: the years 1 to 9999.
constexpr int64_t kUnixSecondsMin = -62'135'596'800;
constexpr int64_t kUnixSecondsMax = 253'402'300'799;

using Signature = v1::SignatureTemplate;

void ReadExpiry(ObjectReader& reader, v1::ValidationSettings::Secret& secret) {
  std::optional<std::string> text = reader.String("expiresAt");
  if (!text) return;
  absl::Time time;
  const bool parsed = absl::ParseTime(absl::RFC3339_full, *text, &time, nullptr);
  if (!parsed || time < absl::FromUnixSeconds(kUnixSecondsMin) || time >= absl::FromUnixSeconds(kUnixSecondsMax + 1)) {
    reader.AddError("expiresAt", "must be a time as in RFC 3339: 2026-12-01T00:00:00Z");
    return;
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  secret.mutable_expires_at()->set_seconds(seconds);
  secret.mutable_expires_at()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void ReadSecrets(ObjectReader& reader, v1::ValidationSettings& settings) {
  const JsonValue* list = reader.Array("secrets");
  if (list == nullptr) return;
  if (list->items.size() > kSecretsMax) {
    reader.AddError("secrets", absl::StrCat("has ", list->items.size(), " entries; at most ", kSecretsMax));
  }
  std::set<std::string> names;
  for (size_t i = 0; i < std::min(list->items.size(), kSecretsMax); ++i) {
    const JsonValue& item = list->items[i];
    const std::string field = absl::StrCat("secrets[", i, "]");
    if (item.kind != JsonValue::Kind::kObject) {
      reader.AddError(
          field, absl::StrCat("must be an object with `name`, a secret of the application, not ", Describe(item.kind)));
      continue;
    }
    ObjectReader entry(reader.file(), reader.PathOf(field), item, reader.problems());
    v1::ValidationSettings::Secret& secret = *settings.add_secrets();
    secret.set_name(entry.RequiredString("name").value_or(""));
    if (!secret.name().empty() && !names.insert(secret.name()).second) {
      entry.AddError("name", "names the same secret as another entry");
    }
    ReadExpiry(entry, secret);
    entry.FinishStrictly();
  }
}

void ReadAddresses(ObjectReader& reader, v1::ValidationSettings& settings) {
  std::optional<std::vector<std::string>> addresses = reader.Strings("allowedAddresses");
  if (!addresses) return;
  if (addresses->empty()) reader.AddError("allowedAddresses", "must not be empty; leave it out to allow all");
  if (addresses->size() > kAddressesMax) {
    reader.AddError("allowedAddresses", absl::StrCat("has ", addresses->size(), " entries; at most ", kAddressesMax));
    return;
  }
  for (size_t i = 0; i < addresses->size(); ++i) {
    std::string& address = (*addresses)[i];
    if (!http::NetworkList().Add(address).ok()) {
      reader.AddError(absl::StrCat("allowedAddresses[", i, "]"),
                      absl::StrCat("'", std::string_view(address).substr(0, 64),
                                   "' is not an address, or a network without bits beyond its length: 192.0.2.7, "
                                   "10.0.0.0/8, 2001:db8::/32"));
    }
    settings.add_allowed_addresses(std::move(address));
  }
}

bool IsUrlWithoutQuery(std::string_view url) {
  if (url.size() > kUrlBytesMax || !(url.starts_with("https://") || url.starts_with("http://"))) return false;
  url.remove_prefix(url.find("//") + 2);
  if (url.empty() || url.front() == '/' || url.front() == ':') return false;
  return std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#'; });
}

void ReadUrl(ObjectReader& reader, v1::ValidationSettings& settings) {
  std::optional<std::string> url = reader.String("publicUrl");
  if (!url) return;
  if (!IsUrlWithoutQuery(*url)) {
    reader.AddError("publicUrl", absl::StrCat("must be a URL as the sender was told it, http:// or https://, escaped, ",
                                              "without query and fragment, of at most ", kUrlBytesMax, " bytes"));
    return;
  }
  settings.set_public_url(*std::move(url));
}

Signature::Encoding ReadEncoding(ObjectReader& reader, std::string_view field) {
  Signature::Encoding encoding = Signature::ENCODING_UNSPECIFIED;
  std::optional<std::string> name = reader.Enum(field, {"HEX", "BASE64", "BASE64URL"});
  if (name) Signature::Encoding_Parse(absl::StrCat("ENCODING_", *name), &encoding);
  return encoding;
}

void ReadSignature(ObjectReader& parent, v1::ValidationSettings& settings) {
  const JsonValue* object = parent.Object("signature");
  if (object == nullptr) return;
  ObjectReader reader(parent.file(), parent.PathOf("signature"), *object, parent.problems());
  Signature& signature = *settings.mutable_signature();
  signature.set_header(reader.RequiredString("header").value_or(""));
  signature.set_prefix(reader.String("prefix").value_or(""));
  if (std::optional<std::string> name = reader.Enum("algorithm", {"SHA1", "SHA256", "SHA384", "SHA512"})) {
    Signature::Algorithm algorithm = Signature::ALGORITHM_UNSPECIFIED;
    Signature::Algorithm_Parse(absl::StrCat("ALGORITHM_", *name), &algorithm);
    signature.set_algorithm(algorithm);
  }
  signature.set_encoding(ReadEncoding(reader, "encoding"));
  signature.set_template_(reader.String("template").value_or(""));
  signature.set_timestamp_header(reader.String("timestampHeader").value_or(""));
  signature.set_id_header(reader.String("idHeader").value_or(""));
  signature.set_secret_encoding(ReadEncoding(reader, "secretEncoding"));
  reader.FinishStrictly();
}

}  // namespace

std::optional<v1::ValidationSettings> ReadValidationSettings(ObjectReader& parent) {
  const JsonValue* object = parent.Object("overlock");
  if (object == nullptr) return std::nullopt;
  ObjectReader reader(parent.file(), parent.PathOf("overlock"), *object, parent.problems());
  v1::ValidationSettings settings;
  ReadSecrets(reader, settings);
  if (auto seconds = reader.Integer("toleranceSeconds", 1, kToleranceSecondsMax)) {
    settings.mutable_tolerance()->set_seconds(*seconds);
  }
  settings.set_observe_only(reader.Bool("observeOnly").value_or(false));
  ReadAddresses(reader, settings);
  ReadUrl(reader, settings);
  if (auto seconds = reader.Integer("deduplicateForSeconds", 1, kDeduplicateSecondsMax)) {
    settings.mutable_deduplicate_for()->set_seconds(*seconds);
  }
  settings.set_delivery_id_header(reader.String("deliveryIdHeader").value_or(""));
  ReadSignature(reader, settings);
  reader.FinishStrictly();
  return settings;
}

v1::ValidationMethod ReadValidationMethod(ObjectReader& reader, std::string_view field) {
  std::optional<std::string> name = reader.Enum(field, ValidationMethodNames());
  return name ? ValidationMethodOf(*name) : v1::VALIDATION_METHOD_UNSPECIFIED;
}

}  // namespace overlock::config
