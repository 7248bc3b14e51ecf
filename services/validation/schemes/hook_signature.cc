#include "services/validation/schemes/hook_signature.h"

#include <utility>

#include "common/crypto/hmac.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {
namespace {

constexpr SignatureHeader kHeader = {"X-Hook-Signature", "sha256=", &crypto::HmacSha256, 32};

}  // namespace

HookSignature::HookSignature(std::string secret) : secret_(std::move(secret)) {}

Refusal HookSignature::Check(const type::v1::HttpRequest& request, std::string_view body) const {
  if (secret_.empty()) return v1::ValidateResponse::REFUSAL_NO_SECRET_CONFIGURED;
  return CheckSignatureHeader(kHeader, secret_, request, body);
}

}  // namespace overlock::validation
