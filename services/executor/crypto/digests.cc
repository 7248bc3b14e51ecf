#include "services/executor/crypto/digests.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/executor/crypto/algorithms.h"

namespace overlock::executor::crypto {
namespace {

constexpr uint64_t kScryptWorkMax = 1 << 18;
constexpr uint64_t kScryptLanesMax = 1024;
constexpr size_t kScryptInputBytesMax = 4096;
constexpr uint64_t kScryptOutputBytesMax = 1024;
constexpr uint64_t kScryptMemoryMax = 64 << 20;

DigestContext NewContext() {
  DigestContext context(EVP_MD_CTX_new());
  if (context == nullptr) std::abort();
  return context;
}

DigestContext Start(const EVP_MD* hash, std::string_view data) {
  DigestContext context = NewContext();
  Must(EVP_DigestInit_ex(context.get(), hash, nullptr));
  Must(EVP_DigestUpdate(context.get(), data.data(), data.size()));
  return context;
}

DigestContext CopyOf(const DigestContext& original) {
  DigestContext copy = NewContext();
  Must(EVP_MD_CTX_copy_ex(copy.get(), original.get()));
  return copy;
}

std::string Finish(EVP_MD_CTX* context) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  Must(EVP_DigestFinal_ex(context, Bytes(digest), &size));
  digest.resize(size);
  return digest;
}

std::string DigestOf(const EVP_MD* hash, std::string_view data) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  Must(EVP_Digest(data.data(), data.size(), Bytes(digest), &size, hash, nullptr));
  digest.resize(size);
  return digest;
}

// The two hashes of an HMAC, each with the key worked in.
struct HmacKey {
  HmacKey(const EVP_MD* hash, std::string_view key) {
    auto block_bytes = static_cast<size_t>(EVP_MD_get_block_size(hash));
    std::string pad = key.size() > block_bytes ? DigestOf(hash, key) : std::string(key);
    pad.resize(block_bytes, '\0');
    for (char& byte : pad) byte = static_cast<char>(byte ^ 0x36);
    inner = Start(hash, pad);
    for (char& byte : pad) byte = static_cast<char>(byte ^ (0x36 ^ 0x5c));
    outer = Start(hash, pad);
    OPENSSL_cleanse(pad.data(), pad.size());
  }

  DigestContext inner;
  DigestContext outer;
};

std::string FinishHmac(EVP_MD_CTX* inner, EVP_MD_CTX* outer) {
  std::string digest = Finish(inner);
  Must(EVP_DigestUpdate(outer, digest.data(), digest.size()));
  return Finish(outer);
}

}  // namespace

absl::StatusOr<std::string> Digest(std::string_view hash, std::string_view data) {
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_MD* type, FindHash(hash));
  return DigestOf(type, data);
}

absl::StatusOr<std::string> Hmac(std::string_view hash, std::string_view key, std::string_view data) {
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_MD* type, FindHash(hash));
  HmacKey prepared(type, key);
  Must(EVP_DigestUpdate(prepared.inner.get(), data.data(), data.size()));
  return FinishHmac(prepared.inner.get(), prepared.outer.get());
}

absl::StatusOr<DigestStream> DigestStream::Open(std::string_view hash, std::optional<std::string_view> key) {
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_MD* type, FindHash(hash));
  DigestStream stream;
  if (key.has_value()) {
    HmacKey prepared(type, *key);
    stream.running_ = std::move(prepared.inner);
    stream.outer_ = std::move(prepared.outer);
  } else {
    stream.running_ = Start(type, "");
  }
  return stream;
}

void DigestStream::Update(std::string_view data) { Must(EVP_DigestUpdate(running_.get(), data.data(), data.size())); }

DigestStream DigestStream::Copy() const {
  DigestStream copy;
  copy.running_ = CopyOf(running_);
  if (outer_ != nullptr) copy.outer_ = CopyOf(outer_);
  return copy;
}

std::string DigestStream::End() {
  return outer_ == nullptr ? Finish(running_.get()) : FinishHmac(running_.get(), outer_.get());
}

absl::Status Pbkdf2Step(std::string_view hash, std::string_view password, std::span<char> u, std::span<char> t,
                        uint64_t count) {
  OVERLOCK_ASSIGN_OR_RETURN(const EVP_MD* type, FindHash(hash));
  auto bytes = static_cast<size_t>(EVP_MD_get_size(type));
  if (u.size() != bytes || t.size() != bytes || count > kPbkdf2StepMax) {
    return Invalid(
        absl::StrCat("pbkdf2: a step has blocks of ", bytes, " bytes and at most ", kPbkdf2StepMax, " iterations"));
  }
  const HmacKey key(type, password);
  DigestContext context = NewContext();
  unsigned char block[EVP_MAX_MD_SIZE];
  std::copy(u.begin(), u.end(), block);
  for (uint64_t i = 0; i < count; ++i) {
    Must(EVP_MD_CTX_copy_ex(context.get(), key.inner.get()));
    Must(EVP_DigestUpdate(context.get(), block, bytes));
    Must(EVP_DigestFinal_ex(context.get(), block, nullptr));
    Must(EVP_MD_CTX_copy_ex(context.get(), key.outer.get()));
    Must(EVP_DigestUpdate(context.get(), block, bytes));
    Must(EVP_DigestFinal_ex(context.get(), block, nullptr));
    for (size_t at = 0; at < bytes; ++at) t[at] = static_cast<char>(t[at] ^ block[at]);
  }
  std::copy(block, block + bytes, u.begin());
  OPENSSL_cleanse(block, sizeof(block));
  return absl::OkStatus();
}

absl::StatusOr<std::string> Scrypt(std::string_view password, std::string_view salt, const ScryptParameters& parameters,
                                   uint64_t bytes) {
  const auto& [cost, block_size, lanes] = parameters;
  if (cost < 2 || (cost & (cost - 1)) != 0 || block_size == 0 || lanes == 0) {
    return Invalid("scrypt: N must be a power of two above 1, r and p at least 1");
  }
  if (cost > kScryptWorkMax || block_size > kScryptLanesMax || lanes > kScryptLanesMax ||
      block_size * lanes > kScryptLanesMax || cost * block_size * lanes > kScryptWorkMax) {
    return Invalid(absl::StrCat("scrypt: too much work, allowed: N * r * p at most ", kScryptWorkMax,
                                ", r * p at most ", kScryptLanesMax));
  }
  if (password.size() > kScryptInputBytesMax || salt.size() > kScryptInputBytesMax || bytes > kScryptOutputBytesMax) {
    return Invalid(absl::StrCat("scrypt: too long, allowed: ", kScryptInputBytesMax, " bytes of password and of salt, ",
                                kScryptOutputBytesMax, " bytes of key"));
  }
  std::string out(bytes, '\0');
  if (EVP_PBE_scrypt(password.data(), password.size(), Bytes(salt), salt.size(), cost, block_size, lanes,
                     kScryptMemoryMax, Bytes(out), bytes) != 1) {
    return Invalid("scrypt: not possible with these parameters");
  }
  return out;
}

}  // namespace overlock::executor::crypto
