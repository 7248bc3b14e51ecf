#include "common/jwt/token.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "common/jwt/base64url.h"
#include "common/status/status.h"

namespace overlock::jwt {
namespace {

using Type = ejson::Value::Type;

absl::Status Bad(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_TOKEN", absl::StrCat("token: ", message));
}

absl::StatusOr<ejson::Value> ParseObject(std::string_view json, std::string_view part) {
  absl::StatusOr<ejson::Value> value = ejson::Parse(json, {.depth_max = 32, .text_bytes_max = kTokenBytesMax});
  // The parser's message may show a key of the text.
  if (!value.ok() || !value->is(Type::kDocument)) {
    return Bad(absl::StrCat("the ", part, " is no JSON object, or has a name twice"));
  }
  return value;
}

// A NumericDate; nothing if it is no number that a time can be.
std::optional<double> SecondsOf(const ejson::Value& value) {
  double seconds = value.is(Type::kInt32)    ? value.as_int32()
                   : value.is(Type::kInt64)  ? static_cast<double>(value.as_int64())
                   : value.is(Type::kDouble) ? value.as_double()
                                             : NAN;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return std::nullopt;
  return seconds;
}

bool Names(const ejson::Value& audience, const std::string& wanted) {
  auto is = [&](const ejson::Value& value) { return value.is(Type::kString) && value.as_string() == wanted; };
  if (!audience.is(Type::kArray)) return is(audience);
  return std::any_of(audience.items().begin(), audience.items().end(), is);
}

}  // namespace

absl::StatusOr<Token> Token::Parse(std::string_view text) {
  if (text.size() > kTokenBytesMax) return Bad(absl::StrCat("has more than ", kTokenBytesMax, " bytes"));
  size_t first = text.find('.');
  size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return Bad("does not have three parts");
  }
  std::optional<std::string> header_json = DecodeBase64Url(text.substr(0, first));
  std::optional<std::string> claims_json = DecodeBase64Url(text.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = DecodeBase64Url(text.substr(second + 1));
  if (!header_json || !claims_json || !signature || signature->empty()) return Bad("a part is no base64url");
  OVERLOCK_ASSIGN_OR_RETURN(ejson::Value header, ParseObject(*header_json, "header"));
  Token token;
  OVERLOCK_ASSIGN_OR_RETURN(token.claims_, ParseObject(*claims_json, "set of claims"));
  if (header.Find("crit") != nullptr) return Bad("the header has critical extensions");
  const ejson::Value* algorithm = header.Find("alg");
  std::optional<Algorithm> known;
  if (algorithm != nullptr && algorithm->is(Type::kString)) known = AlgorithmOf(algorithm->as_string());
  if (!known) return Bad("the algorithm is not one that is allowed");
  token.algorithm_ = *known;
  const ejson::Value* key_id = header.Find("kid");
  if (key_id != nullptr && !key_id->is(Type::kString)) return Bad("the key's id is no string");
  if (key_id != nullptr) token.key_id_ = key_id->as_string();
  const ejson::Value* subject = token.claims_.Find("sub");
  if (subject != nullptr && subject->is(Type::kString)) token.subject_ = subject->as_string();
  token.claims_json_ = *std::move(claims_json);
  token.message_ = std::string(text.substr(0, second));
  token.signature_ = *std::move(signature);
  return token;
}

absl::Status Token::CheckClaims(absl::Time now) const {
  if (subject_.empty()) return Bad("sub is missing or no string");
  const double seconds = absl::ToDoubleSeconds(now - absl::UnixEpoch());
  const double skew = absl::ToDoubleSeconds(kClockSkew);
  const ejson::Value* expires = claims_.Find("exp");
  std::optional<double> end = expires == nullptr ? std::nullopt : SecondsOf(*expires);
  if (!end) return Bad("exp is missing or no time");
  if (seconds >= *end + skew) return Bad("has expired");
  const ejson::Value* begins = claims_.Find("nbf");
  if (begins == nullptr) return absl::OkStatus();
  std::optional<double> begin = SecondsOf(*begins);
  if (!begin) return Bad("nbf is no time");
  if (seconds < *begin - skew) return Bad("is not valid yet");
  return absl::OkStatus();
}

bool Token::IsFor(const std::vector<std::string>& audiences, bool any) const {
  const ejson::Value* audience = claims_.Find("aud");
  if (audience == nullptr || audiences.empty()) return false;
  auto named = [&](const std::string& wanted) { return Names(*audience, wanted); };
  return any ? std::any_of(audiences.begin(), audiences.end(), named)
             : std::all_of(audiences.begin(), audiences.end(), named);
}

}  // namespace overlock::jwt
