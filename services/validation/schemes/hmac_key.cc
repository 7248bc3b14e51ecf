#include "services/validation/schemes/hmac_key.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstdlib>

namespace overlock::validation {
namespace {

// Only out of memory leads here; a wrong digest must not.
void Require(bool done) {
  if (!done) std::abort();
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

HmacKey::HmacKey(const char* hash, std::string_view key) {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Require(hmac != nullptr && !key.empty());
  context_.reset(EVP_MAC_CTX_new(hmac));
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(hash), 0),
                             OSSL_PARAM_construct_end()};
  Require(context_ != nullptr && EVP_MAC_init(context_.get(), Bytes(key), key.size(), parameters) == 1);
}

std::string HmacKey::Compute(absl::Span<const std::string_view> parts) const {
  std::unique_ptr<EVP_MAC_CTX, Free> context(EVP_MAC_CTX_dup(context_.get()));
  Require(context != nullptr);
  for (std::string_view part : parts) {
    if (!part.empty()) Require(EVP_MAC_update(context.get(), Bytes(part), part.size()) == 1);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  size_t size = 0;
  Require(EVP_MAC_final(context.get(), digest, &size, sizeof digest) == 1);
  return std::string(reinterpret_cast<char*>(digest), size);
}

}  // namespace overlock::validation
