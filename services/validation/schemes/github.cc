#include "services/validation/schemes/github.h"

#include <utility>

#include "common/crypto/hmac.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {
namespace {

constexpr SignatureHeader kSha256 = {"X-Hub-Signature-256", "sha256=", &crypto::HmacSha256, 32};
constexpr SignatureHeader kSha1 = {"X-Hub-Signature", "sha1=", &crypto::HmacSha1, 20};

}  // namespace

Github::Github(std::string secret) : secret_(std::move(secret)) {}

Refusal Github::Check(const type::v1::HttpRequest& request, std::string_view body) const {
  if (secret_.empty()) return v1::ValidateResponse::REFUSAL_NO_SECRET_CONFIGURED;
  // Present but empty is not missing: it must not make the weaker one decide.
  const SignatureHeader& header = HasHeader(request, kSha256.name) ? kSha256 : kSha1;
  return CheckSignatureHeader(header, secret_, request, body);
}

}  // namespace overlock::validation
