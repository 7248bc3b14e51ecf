#include "services/validation/schemes/twilio.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/constant_time.h"
#include "common/crypto/hmac.h"
#include "services/validation/schemes/form.h"
#include "services/validation/schemes/refusal_detail.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

constexpr size_t kFieldsMax = 1000;

// What is signed after the URL, and whether that covers the body.
struct Signed {
  std::string fields;
  bool covers_body = false;
};

bool IsForm(const type::v1::HttpRequest& request) {
  HeaderValue type = FindHeader(request, "Content-Type");
  if (!type.usable()) return false;
  std::string_view name = std::string_view(*type.value).substr(0, type.value->find(';'));
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(name), "application/x-www-form-urlencoded");
}

Signed FieldsOf(std::string_view body) {
  std::set<std::pair<std::string, std::string>> fields;
  size_t count = 0;
  ForEachPair(body, [&](std::string name, std::string value) {
    fields.emplace(std::move(name), std::move(value));
    return ++count <= kFieldsMax;
  });
  Signed result{.fields = "", .covers_body = count <= kFieldsMax};
  for (const auto& [name, value] : fields) absl::StrAppend(&result.fields, name, value);
  return result;
}

Signed SignedOf(const Input& input) {
  // The type is not signed. So fields count only where there are some: an empty form in the place of another body must
  // not pass by the signature of its URL.
  if (IsForm(input.request)) {
    Signed result = FieldsOf(input.body);
    if (!result.fields.empty()) return result;
  }
  std::optional<std::string> digest;
  ForEachPair(input.request.raw_query_string(), [&](const std::string& name, const std::string& value) {
    if (name == "bodySHA256") digest = Decode(Encoding::kHex, value).value_or("");
    return !digest;
  });
  if (!digest) return {.fields = "", .covers_body = input.body.empty()};
  return {.fields = "", .covers_body = crypto::ConstantTimeEquals(*digest, crypto::Sha256(input.body))};
}

// The URL as it is, and with the port taken away or its scheme's put in.
std::vector<std::string> VariantsOf(const std::string& url) {
  std::vector<std::string> variants = {url};
  size_t scheme_end = url.find("://");
  if (scheme_end == std::string::npos) return variants;
  size_t begin = scheme_end + 3;
  size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  std::string_view authority = std::string_view(url).substr(begin, end - begin);
  size_t host = authority.rfind('@') == std::string_view::npos ? 0 : authority.rfind('@') + 1;
  size_t colon = authority.rfind(':');
  // The colons of an IPv6 address stand in brackets.
  bool has_port =
      colon != std::string_view::npos && colon >= host && authority.find(']', colon) == std::string_view::npos;
  std::string_view port = url.starts_with("http:") ? ":80" : ":443";
  std::string_view before = std::string_view(url).substr(0, has_port ? begin + colon : end);
  variants.push_back(absl::StrCat(before, has_port ? "" : port, std::string_view(url).substr(end)));
  return variants;
}

}  // namespace

Twilio::Twilio(const Secrets& secrets, std::string delivery_id_header)
    : preset_(PresetsFor(config::v1::VALIDATION_METHOD_TWILIO).front()),
      delivery_id_header_(delivery_id_header.empty() ? std::string(preset_.delivery_id_header)
                                                     : std::move(delivery_id_header)),
      keys_(MakeKeys(preset_, secrets)),
      refusal_(CheckKeys(secrets, keys_)) {}

Outcome Twilio::Check(const Input& input) const {
  if (refusal_ != Response::REFUSAL_UNSPECIFIED) return {.refusal = refusal_};
  SignatureHeader header;
  if (Refusal refusal = ReadSignatures(preset_, input.request, header)) return Refuse(preset_, refusal);
  Signed signed_part = SignedOf(input);
  std::vector<std::string> urls = VariantsOf(UrlOf(input));
  Outcome outcome;
  outcome.secret = MatchKey(keys_, input.now, [&](const Key& key) {
    bool matches = false;
    for (const std::string& url : urls) matches |= key.Signed({url, signed_part.fields}, header.signatures);
    return matches;
  });
  if (outcome.secret < 0) return RefuseSignature(keys_, input.now);
  if (!signed_part.covers_body) {
    return {.refusal = Response::REFUSAL_SIGNATURE_MISMATCH,
            .detail = "the signature is right, but it does not cover this body"};
  }
  outcome.delivery_id = DeliveryId(input.request, delivery_id_header_);
  return outcome;
}

}  // namespace overlock::validation
