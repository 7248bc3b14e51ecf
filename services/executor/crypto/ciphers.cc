#include "services/executor/crypto/ciphers.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/executor/crypto/algorithms.h"

namespace overlock::executor::crypto {
namespace {

constexpr int kTagBytes = 16;
constexpr size_t kTagBytesMin = 4;
constexpr size_t kAuthenticatingIvBytesMax = 64;

absl::Status CheckLengths(const CipherStream::Parameters& parameters, const EVP_CIPHER* cipher, bool authenticates) {
  auto key_bytes = static_cast<size_t>(EVP_CIPHER_get_key_length(cipher));
  if (parameters.key.size() != key_bytes) {
    return Invalid(
        absl::StrCat("key: ", parameters.key.size(), " bytes, allowed for ", parameters.name, ": ", key_bytes));
  }
  auto iv_bytes = static_cast<size_t>(EVP_CIPHER_get_iv_length(cipher));
  const size_t given = parameters.iv.size();
  if (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE) {
    if (given > 0 && given <= kAuthenticatingIvBytesMax) return absl::OkStatus();
    return Invalid(absl::StrCat("initialisation vector: ", given, " bytes, allowed for ", parameters.name, ": 1 to ",
                                kAuthenticatingIvBytesMax, ", best 12"));
  }
  if (given == iv_bytes || (authenticates && given > 0 && given < iv_bytes)) return absl::OkStatus();
  return Invalid(
      absl::StrCat("initialisation vector: ", given, " bytes, allowed for ", parameters.name, ": ", iv_bytes));
}

}  // namespace

absl::StatusOr<CipherStream> CipherStream::Open(const Parameters& parameters) {
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_CIPHER* cipher, FindCipher(parameters.name));
  CipherStream stream;
  stream.encrypts_ = parameters.encrypt;
  stream.authenticates_ = (EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
  OVERLOCK_RETURN_IF_ERROR(CheckLengths(parameters, cipher, stream.authenticates_));
  stream.context_.reset(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* context = stream.context_.get();
  Must(EVP_CipherInit_ex(context, cipher, nullptr, nullptr, nullptr, parameters.encrypt ? 1 : 0));
  if (stream.authenticates_) {
    Must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(parameters.iv.size()), nullptr));
  }
  Must(EVP_CipherInit_ex(context, nullptr, nullptr, Bytes(parameters.key),
                         parameters.iv.empty() ? nullptr : Bytes(parameters.iv), parameters.encrypt ? 1 : 0));
  return stream;
}

void CipherStream::SetPadding(bool padding) { EVP_CIPHER_CTX_set_padding(context_.get(), padding ? 1 : 0); }

absl::Status CipherStream::CheckAuthenticates(std::string_view what) const {
  if (authenticates_) return absl::OkStatus();
  return Invalid(absl::StrCat(what, ": only ciphers that authenticate have it (gcm, chacha20-poly1305)"));
}

absl::Status CipherStream::AddAssociatedData(std::string_view data) {
  OVERLOCK_RETURN_IF_ERROR(CheckAuthenticates("associated data"));
  if (data.empty()) return absl::OkStatus();
  int ignored = 0;
  if (ended_ || data.size() > std::numeric_limits<int>::max() ||
      EVP_CipherUpdate(context_.get(), nullptr, &ignored, Bytes(data), static_cast<int>(data.size())) != 1) {
    return Failed("associated data must come before the data");
  }
  return absl::OkStatus();
}

absl::Status CipherStream::SetTag(std::string_view tag) {
  OVERLOCK_RETURN_IF_ERROR(CheckAuthenticates("authentication tag"));
  if (encrypts_) return Invalid("authentication tag: it comes out of encrypting, and is only set for decrypting");
  if (tag.size() < kTagBytesMin || tag.size() > kTagBytes) {
    return Invalid(
        absl::StrCat("authentication tag: ", tag.size(), " bytes, allowed: ", kTagBytesMin, " to ", kTagBytes));
  }
  has_tag_ = EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                                 const_cast<char*>(tag.data())) == 1;
  return has_tag_ ? absl::OkStatus() : Failed("authentication tag: too late");
}

absl::StatusOr<std::string> CipherStream::Update(std::string_view data) {
  if (ended_) return Failed("the cipher has ended");
  if (data.size() > std::numeric_limits<int>::max() / 2) return Invalid("data: more than 1 GiB at once");
  if (data.empty()) return std::string();
  std::string out(data.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  int size = 0;
  if (EVP_CipherUpdate(context_.get(), Bytes(out), &size, Bytes(data), static_cast<int>(data.size())) != 1) {
    return Failed("the data cannot be taken");
  }
  out.resize(static_cast<size_t>(size));
  return out;
}

absl::StatusOr<std::string> CipherStream::End() {
  if (std::exchange(ended_, true)) return Failed("the cipher has ended");
  if (authenticates_ && !encrypts_ && !has_tag_) return Failed("the authentication tag is missing");
  std::string out(EVP_MAX_BLOCK_LENGTH, '\0');
  int size = 0;
  if (EVP_CipherFinal_ex(context_.get(), Bytes(out), &size) != 1) {
    if (encrypts_) return Failed("without padding the data must be whole blocks");
    return Failed(authenticates_ ? "the data cannot be authenticated: another key, or damaged"
                                 : "the data cannot be decrypted: another key, or damaged");
  }
  out.resize(static_cast<size_t>(size));
  if (authenticates_ && encrypts_) {
    tag_.resize(kTagBytes);
    Must(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag_.data()));
  }
  return out;
}

}  // namespace overlock::executor::crypto
