#include "services/executor/actions/aws/sigv4.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/crypto/hmac.h"
#include "services/executor/actions/aws/text.h"

namespace overlock::executor::aws {
namespace {

std::string Hex(const std::string& bytes) { return absl::BytesToHexString(bytes); }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Removes empty, `.` and `..` segments; a slash at the end stays.
std::string Normalise(std::string_view path) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> segments = Split(path, '/');
  for (const std::string_view segment : segments) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
      continue;
    }
    kept.push_back(segment);
  }
  std::string normal = absl::StrCat("/", absl::StrJoin(kept, "/"));
  const std::string_view last = segments.back();
  if (normal.size() > 1 && (last.empty() || last == "." || last == "..")) normal.push_back('/');
  return normal;
}

std::string CanonicalPath(std::string_view path, PathForm form) {
  if (form == PathForm::kAsSent) return path.empty() ? "/" : std::string(path);
  return UriEncode(Normalise(path), /*keep_slash=*/true);
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string_view part : SplitSkippingEmpty(query, '&')) {
    const std::pair<std::string_view, std::string_view> parameter = SplitOnce(part, '=');
    parameters.emplace_back(UriEncode(PercentDecode(parameter.first), false),
                            UriEncode(PercentDecode(parameter.second), false));
  }
  std::sort(parameters.begin(), parameters.end());
  return absl::StrJoin(parameters, "&", absl::PairFormatter("="));
}

// Names in lower case and in order; the values of one name joined by commas, each run of white space one space.
std::map<std::string, std::string> CanonicalHeaders(const Headers& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    std::string text = value;
    absl::RemoveExtraAsciiWhitespace(&text);
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isspace(c); }, ' ');
    const auto [entry, is_new] = canonical.try_emplace(absl::AsciiStrToLower(name), text);
    if (!is_new) absl::StrAppend(&entry->second, ",", text);
  }
  return canonical;
}

std::string SignedHeaders(const std::map<std::string, std::string>& headers) {
  return absl::StrJoin(headers, ";", [](std::string* out, const auto& header) { out->append(header.first); });
}

std::string Day(absl::Time time) { return absl::FormatTime("%Y%m%d", time, absl::UTCTimeZone()); }

std::string Scope(const SigningScope& scope) {
  return absl::StrCat(Day(scope.time), "/", scope.region, "/", scope.service, "/aws4_request");
}

}  // namespace

std::string UriEncode(std::string_view text, bool keep_slash) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash)) {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 15]);
    }
  }
  return encoded;
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    decoded.push_back(text[i]);
  }
  return decoded;
}

std::string PayloadHash(std::string_view body) { return Hex(crypto::Sha256(body)); }

std::string CanonicalRequest(const SignableRequest& request, std::string_view payload_hash, PathForm form) {
  const auto headers = CanonicalHeaders(request.headers);
  return absl::StrCat(request.method, "\n", CanonicalPath(request.path, form), "\n", CanonicalQuery(request.query),
                      "\n", absl::StrJoin(headers, "\n", absl::PairFormatter(":")), "\n\n", SignedHeaders(headers),
                      "\n", payload_hash);
}

std::string StringToSign(std::string_view canonical_request, const SigningScope& scope) {
  return absl::StrCat(kSigningAlgorithm, "\n", AmzDate(scope.time), "\n", Scope(scope), "\n",
                      PayloadHash(canonical_request));
}

std::string Sign(std::string_view text, const SigningScope& scope, const Credentials& credentials) {
  std::string key = crypto::HmacSha256(absl::StrCat("AWS4", credentials.secret_access_key), Day(scope.time));
  key = crypto::HmacSha256(key, scope.region);
  key = crypto::HmacSha256(key, scope.service);
  key = crypto::HmacSha256(key, "aws4_request");
  return Hex(crypto::HmacSha256(key, text));
}

std::string Authorization(const SignableRequest& request, std::string_view payload_hash, PathForm form,
                          const SigningScope& scope, const Credentials& credentials) {
  const std::string text = StringToSign(CanonicalRequest(request, payload_hash, form), scope);
  return absl::StrCat(kSigningAlgorithm, " Credential=", CredentialScope(scope, credentials),
                      ", SignedHeaders=", SignedHeaders(CanonicalHeaders(request.headers)),
                      ", Signature=", Sign(text, scope, credentials));
}

std::string PresignedQuery(const SignableRequest& request, std::string_view payload_hash, PathForm form,
                           absl::Duration expires, const SigningScope& scope, const Credentials& credentials) {
  SignableRequest presigned = request;
  absl::StrAppend(&presigned.query, presigned.query.empty() ? "" : "&", "X-Amz-Algorithm=", kSigningAlgorithm,
                  "&X-Amz-Credential=", UriEncode(CredentialScope(scope, credentials), false),
                  "&X-Amz-Date=", AmzDate(scope.time), "&X-Amz-Expires=", absl::ToInt64Seconds(expires));
  if (!credentials.session_token.empty()) {
    absl::StrAppend(&presigned.query, "&X-Amz-Security-Token=", UriEncode(credentials.session_token, false));
  }
  absl::StrAppend(&presigned.query,
                  "&X-Amz-SignedHeaders=", UriEncode(SignedHeaders(CanonicalHeaders(request.headers)), false));
  const std::string text = StringToSign(CanonicalRequest(presigned, payload_hash, form), scope);
  return absl::StrCat(presigned.query, "&X-Amz-Signature=", Sign(text, scope, credentials));
}

std::string AmzDate(absl::Time time) { return absl::FormatTime("%Y%m%dT%H%M%SZ", time, absl::UTCTimeZone()); }

std::string CredentialScope(const SigningScope& scope, const Credentials& credentials) {
  return absl::StrCat(credentials.access_key_id, "/", Scope(scope));
}

}  // namespace overlock::executor::aws
