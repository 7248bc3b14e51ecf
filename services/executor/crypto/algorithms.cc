#include "services/executor/crypto/algorithms.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/executor/crypto/openssl.h"

namespace overlock::executor::crypto {
namespace {

constexpr const char* kHashNames[] = {
    "md5",        "ripemd160", "sha1",     "sha224",   "sha256",   "sha384",     "sha512",     "sha512-224",
    "sha512-256", "sha3-224",  "sha3-256", "sha3-384", "sha3-512", "blake2b512", "blake2s256",
};
constexpr const char* kCipherNames[] = {
    "aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-ctr", "aes-192-ctr", "aes-256-ctr",       "aes-128-ecb",
    "aes-192-ecb", "aes-256-ecb", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "chacha20-poly1305",
};

template <class Algorithm>
struct Entry {
  std::string_view name;
  const Algorithm* algorithm;
};

// Fetched once: a look-up by OpenSSL takes longer than the hash of a short text. An algorithm that this OpenSSL does
// not have is left out.
const std::vector<Entry<EVP_MD>>& Hashes() {
  static const auto& hashes = *new std::vector<Entry<EVP_MD>>([] {
    std::vector<Entry<EVP_MD>> entries;
    for (const char* name : kHashNames) {
      if (const EVP_MD* hash = EVP_MD_fetch(nullptr, name, nullptr)) entries.push_back({name, hash});
    }
    ERR_clear_error();
    return entries;
  }());
  return hashes;
}

const std::vector<Entry<EVP_CIPHER>>& Ciphers() {
  static const auto& ciphers = *new std::vector<Entry<EVP_CIPHER>>([] {
    std::vector<Entry<EVP_CIPHER>> entries;
    for (const char* name : kCipherNames) {
      if (const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr)) entries.push_back({name, cipher});
    }
    ERR_clear_error();
    return entries;
  }());
  return ciphers;
}

template <class Algorithm>
std::vector<std::string_view> NamesOf(const std::vector<Entry<Algorithm>>& entries) {
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const Entry<Algorithm>& entry : entries) names.push_back(entry.name);
  return names;
}

template <class Algorithm>
absl::StatusOr<const Algorithm*> Find(const std::vector<Entry<Algorithm>>& entries, std::string_view what,
                                      std::string_view name) {
  for (const Entry<Algorithm>& entry : entries) {
    if (entry.name == name) return entry.algorithm;
  }
  return Invalid(
      absl::StrCat(what, " '", name.substr(0, 40), "' is unknown, allowed: ", absl::StrJoin(NamesOf(entries), ", ")));
}

}  // namespace

void Initialize() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  Hashes();
  Ciphers();
  // The generator of random numbers is made by its first use.
  unsigned char random[1];
  Must(RAND_bytes(random, sizeof(random)));
}

absl::StatusOr<const EVP_MD*> FindHash(std::string_view name) { return Find(Hashes(), "hash", name); }
absl::StatusOr<const EVP_CIPHER*> FindCipher(std::string_view name) { return Find(Ciphers(), "cipher", name); }
std::vector<std::string_view> HashNames() { return NamesOf(Hashes()); }
std::vector<std::string_view> CipherNames() { return NamesOf(Ciphers()); }

}  // namespace overlock::executor::crypto
