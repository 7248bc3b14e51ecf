// AWS Signature Version 4: requests, presigned URLs and POST policies.
#ifndef OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_SIGV4_H_
#define OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_SIGV4_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace overlock::executor::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  // Empty without one.
  std::string session_token;
};

// What a signature holds for.
struct SigningScope {
  std::string region;
  // The signing name, e.g. `s3`, `execute-api`.
  std::string service;
  absl::Time time;
};

// Name and value. Names may have any case.
using Headers = std::vector<std::pair<std::string, std::string>>;

// A request as it goes over the wire.
struct SignableRequest {
  std::string method;
  // Begins with a slash; percent-encoded.
  std::string path = "/";
  // Without the question mark; percent-encoded.
  std::string query;
  // All headers to sign; `Host` must be among them.
  Headers headers;
};

// The payload hash of a request whose body is not signed: presigned URLs of S3.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
// The only algorithm.
inline constexpr std::string_view kSigningAlgorithm = "AWS4-HMAC-SHA256";

// How the path is written into the signature.
enum class PathForm {
  // As it is: S3.
  kAsSent,
  // Dot segments and double slashes resolved, then percent-encoded once more: all other services.
  kNormalised,
};

// SHA-256 as lower-case hexadecimal digits.
std::string PayloadHash(std::string_view body);

// The first intermediate result, as AWS documents it.
std::string CanonicalRequest(const SignableRequest& request, std::string_view payload_hash, PathForm form);
// The second one.
std::string StringToSign(std::string_view canonical_request, const SigningScope& scope);

// The value of the `Authorization` header. The headers must hold `X-Amz-Date` (AmzDate) and, with a session token,
// `X-Amz-Security-Token`.
std::string Authorization(const SignableRequest& request, std::string_view payload_hash, PathForm form,
                          const SigningScope& scope, const Credentials& credentials);

// The query of a presigned URL: the request's own, then the signature's. `expires` counts whole seconds.
std::string PresignedQuery(const SignableRequest& request, std::string_view payload_hash, PathForm form,
                           absl::Duration expires, const SigningScope& scope, const Credentials& credentials);

// Signs any text, e.g. a POST policy in base64: hexadecimal digits.
std::string Sign(std::string_view text, const SigningScope& scope, const Credentials& credentials);

// `20150830T123600Z`.
std::string AmzDate(absl::Time time);
// `AKIDEXAMPLE/20150830/us-east-1/service/aws4_request`.
std::string CredentialScope(const SigningScope& scope, const Credentials& credentials);
// Encodes all bytes but letters, digits, `-`, `.`, `_`, `~`, and `/` if `keep_slash`.
std::string UriEncode(std::string_view text, bool keep_slash);
// What is not a percent sign and two digits stays.
std::string PercentDecode(std::string_view text);

}  // namespace overlock::executor::aws

#endif  // OVERLOCK_SERVICES_EXECUTOR_ACTIONS_AWS_SIGV4_H_
