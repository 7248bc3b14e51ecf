#include "services/validation/schemes/endpoint_signature.h"

#include <utility>

#include "common/crypto/hmac.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {
namespace {

constexpr SignatureHeader kEndpoint = {"Endpoint-Signature", "sha256=", &crypto::HmacSha256, 32};
constexpr SignatureHeader kHook = {"X-Hook-Signature", "sha256=", &crypto::HmacSha256, 32};

}  // namespace

EndpointSignature::EndpointSignature(std::string secret) : secret_(std::move(secret)) {}

Refusal EndpointSignature::Check(const type::v1::HttpRequest& request, std::string_view body) const {
  if (secret_.empty()) return v1::ValidateResponse::REFUSAL_NO_SECRET_CONFIGURED;
  // Present but empty is not missing: one header decides alone.
  return CheckSignatureHeader(HasHeader(request, kEndpoint.name) ? kEndpoint : kHook, secret_, request, body);
}

}  // namespace overlock::validation
