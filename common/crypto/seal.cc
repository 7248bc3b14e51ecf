#include "common/crypto/seal.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::crypto {
namespace {

constexpr size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void Require(int result) {
  if (result != 1) std::abort();  // misuse or no memory; going on could store plain text
}

absl::Status WriteNewKey(const std::string& path, const std::string& hex) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) return absl::OkStatus();  // another process was first; its key counts
  if (file < 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "SEAL_KEY_UNREADABLE",
                 absl::StrCat("seal key: cannot create ", path, ": ", std::strerror(errno)));
  }
  std::string line = hex + "\n";
  bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(file) == 0;
  close(file);
  if (!written) {
    unlink(path.c_str());
    return Error(absl::StatusCode::kFailedPrecondition, "SEAL_KEY_UNREADABLE",
                 absl::StrCat("seal key: cannot write ", path));
  }
  return absl::OkStatus();
}

}  // namespace

SealKey SealKey::Random() {
  std::string key(kKeyBytes, '\0');
  Require(RAND_bytes(Bytes(key), static_cast<int>(key.size())));
  return SealKey(std::move(key));
}

absl::StatusOr<SealKey> SealKey::FromFile(const std::string& path, bool create) {
  if (create && access(path.c_str(), F_OK) != 0) {
    OVERLOCK_RETURN_IF_ERROR(WriteNewKey(path, absl::BytesToHexString(Random().key_)));
  }
  std::ifstream file(path);
  if (!file) {
    return Error(absl::StatusCode::kFailedPrecondition, "SEAL_KEY_UNREADABLE",
                 absl::StrCat("seal key: cannot read ", path, ": ", std::strerror(errno)));
  }
  std::stringstream content;
  content << file.rdbuf();
  std::string hex(absl::StripAsciiWhitespace(content.str()));
  bool digits = hex.size() == 2 * kKeyBytes && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!digits) {
    return Error(absl::StatusCode::kFailedPrecondition, "SEAL_KEY_BAD",
                 absl::StrCat("seal key: ", path, " must hold 64 hexadecimal digits and nothing else"));
  }
  return SealKey(absl::HexStringToBytes(hex));
}

std::string SealKey::Seal(std::string_view plain, std::string_view context) const {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  Require(RAND_bytes(Bytes(sealed), kNonceBytes));
  CipherContext cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(std::string_view(key_)), Bytes(sealed)));
  int size = 0;
  Require(EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())));
  Require(EVP_EncryptUpdate(cipher.get(), Bytes(sealed) + kNonceBytes, &size, Bytes(plain),
                            static_cast<int>(plain.size())));
  Require(EVP_EncryptFinal_ex(cipher.get(), Bytes(sealed) + kNonceBytes + size, &size));
  Require(
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(sealed) + kNonceBytes + plain.size()));
  return sealed;
}

absl::StatusOr<std::string> SealKey::Open(std::string_view sealed, std::string_view context) const {
  absl::Status broken = Error(absl::StatusCode::kDataLoss, "SEAL_BROKEN",
                              "sealed data: made with another key or for another place, or damaged");
  if (sealed.size() < kNonceBytes + kTagBytes) return broken;
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  CipherContext cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Require(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(std::string_view(key_)), Bytes(sealed)));
  int size = 0;
  Require(EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())));
  Require(EVP_DecryptUpdate(cipher.get(), Bytes(plain), &size, Bytes(sealed) + kNonceBytes,
                            static_cast<int>(plain.size())));
  Require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()));
  if (EVP_DecryptFinal_ex(cipher.get(), Bytes(plain) + size, &size) != 1) return broken;
  return plain;
}

}  // namespace overlock::crypto
