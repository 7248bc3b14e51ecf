#include "services/validation/schemes/public_key.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string>

#include "absl/strings/ascii.h"
#include "services/validation/schemes/encoding.h"

namespace overlock::validation {
namespace {

constexpr size_t kTextBytesMax = 16 * 1024;
constexpr size_t kEd25519Bytes = 32;
constexpr int kRsaBitsMin = 2048;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

// For keys that are encrypted: a public one has no reason to be, and OpenSSL would ask at the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

BioPtr ReadFrom(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

bool IsOfType(PublicKey::Type type, EVP_PKEY* key) {
  switch (type) {
    case PublicKey::Type::kEd25519:
      return EVP_PKEY_is_a(key, "ED25519") == 1;
    case PublicKey::Type::kEcdsaP256: {
      char group[32] = "";
      return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
             std::string_view(group) == "prime256v1";
    }
    case PublicKey::Type::kRsa:
      return EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= kRsaBitsMin;
  }
  return false;
}

std::string Joined(absl::Span<const std::string_view> parts) {
  std::string joined;
  for (std::string_view part : parts) joined.append(part);
  return joined;
}

}  // namespace

PublicKey::KeyPtr PublicKey::ParsePem(std::string_view text) {
  if (text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
    BioPtr bio = ReadFrom(text);
    std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, &NoPassword, nullptr),
                                                            &X509_free);
    return KeyPtr(certificate == nullptr ? nullptr : X509_get_pubkey(certificate.get()));
  }
  BioPtr bio = ReadFrom(text);
  return KeyPtr(PEM_read_bio_PUBKEY(bio.get(), nullptr, &NoPassword, nullptr));
}

PublicKey::KeyPtr PublicKey::ParseBytes(Type type, std::string_view text) {
  std::optional<std::string> bytes;
  if (type == Type::kEd25519 && text.size() == 2 * kEd25519Bytes) bytes = Decode(Encoding::kHex, text);
  if (!bytes) bytes = Decode(Encoding::kBase64AnyPadding, text);
  if (!bytes) return nullptr;
  if (type == Type::kEd25519 && bytes->size() == kEd25519Bytes) {
    return KeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*bytes), bytes->size()));
  }
  const unsigned char* position = Bytes(*bytes);
  KeyPtr key(d2i_PUBKEY(nullptr, &position, static_cast<long>(bytes->size())));
  bool all_read = position == Bytes(*bytes) + bytes->size();
  return all_read ? std::move(key) : nullptr;
}

std::optional<PublicKey> PublicKey::Parse(Type type, std::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty() || text.size() > kTextBytesMax) return std::nullopt;
  KeyPtr key = text.starts_with("-----BEGIN") ? ParsePem(text) : ParseBytes(type, text);
  ERR_clear_error();
  if (key == nullptr || !IsOfType(type, key.get())) return std::nullopt;
  return PublicKey(type, std::move(key));
}

bool PublicKey::Verify(absl::Span<const std::string_view> parts, std::string_view signature) const {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const EVP_MD* hash = type_ == Type::kEd25519 ? nullptr : EVP_sha256();
  bool valid = context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key_.get()) == 1;
  if (valid && type_ == Type::kEd25519) {
    std::string message = Joined(parts);
    valid = EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  } else if (valid) {
    for (std::string_view part : parts) {
      valid = valid && EVP_DigestVerifyUpdate(context.get(), part.data(), part.size()) == 1;
    }
    valid = valid && EVP_DigestVerifyFinal(context.get(), Bytes(signature), signature.size()) == 1;
  }
  ERR_clear_error();
  return valid;
}

}  // namespace overlock::validation
