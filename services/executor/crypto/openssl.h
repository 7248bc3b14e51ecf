// What the files of this directory share of OpenSSL. Included by them only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_OPENSSL_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_OPENSSL_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/status/status.h"

namespace overlock::executor::crypto {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* value) const {
    kFree(value);
  }
};

using Bio = std::unique_ptr<BIO, Freer<&BIO_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Freer<&BN_clear_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<&EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<&EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<&EVP_PKEY_CTX_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;

// An error of the caller's input. What OpenSSL said is forgotten: it names its own source files.
inline absl::Status Invalid(std::string_view message) {
  ERR_clear_error();
  return Error(absl::StatusCode::kInvalidArgument, "CRYPTO_INVALID", message);
}

// The input was fine as far as its form goes, but the operation did not succeed: a damaged message, a wrong key.
inline absl::Status Failed(std::string_view message) {
  ERR_clear_error();
  return Error(absl::StatusCode::kFailedPrecondition, "CRYPTO_FAILED", message);
}

// For calls that only fail without memory.
inline void Must(int result) {
  if (result != 1) std::abort();
}

inline const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
inline unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_OPENSSL_H_
