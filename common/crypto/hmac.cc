#include "common/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "common/crypto/constant_time.h"

namespace overlock::crypto {
namespace {

std::string Hmac(const EVP_MD* algorithm, std::string_view key, std::string_view message) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // OpenSSL takes a null key for "keep the old key", so an empty key must not be null.
  const char* key_data = key.empty() ? "" : key.data();
  const char* message_data = message.empty() ? "" : message.data();
  if (HMAC(algorithm, key_data, static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message_data),
           message.size(), digest, &size) == nullptr) {
    std::abort();  // only out of memory leads here; a wrong digest must not
  }
  return std::string(reinterpret_cast<char*>(digest), size);
}

}  // namespace

std::string HmacSha256(std::string_view key, std::string_view message) { return Hmac(EVP_sha256(), key, message); }
std::string HmacSha1(std::string_view key, std::string_view message) { return Hmac(EVP_sha1(), key, message); }

std::string Sha256(std::string_view message) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(message.data(), message.size(), digest, &size, EVP_sha256(), nullptr) != 1) std::abort();
  return std::string(reinterpret_cast<char*>(digest), size);
}

bool SecretEquals(std::string_view given, std::string_view wanted) {
  return ConstantTimeEquals(Sha256(given), Sha256(wanted));
}

}  // namespace overlock::crypto
