// Cryptography for `utils` and the library's `crypto`.
#include <v8-typed-array.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/executor/crypto/algorithms.h"
#include "services/executor/crypto/signatures.h"
#include "services/executor/crypto/state.h"
#include "services/executor/js/natives.h"
#include "services/executor/js/natives_support.h"

namespace overlock::executor::js {
namespace {

std::string TextAt(const Info& info, int index) {
  return info[index]->IsString() ? FromV8(info.GetIsolate(), info[index].As<v8::String>()) : "";
}

std::string_view BytesAt(const Info& info, int index) {
  return info[index]->IsArrayBufferView() ? BytesOf(info[index].As<v8::ArrayBufferView>()) : std::string_view();
}

crypto::State& StateOf(const Info& info) { return AppIsolate::Of(info.GetIsolate()).crypto(); }

// A TypeError for arguments that cannot be, an Error for what did not succeed.
void ThrowStatus(const Info& info, const absl::Status& status) {
  v8::Local<v8::String> message = ToV8(info.GetIsolate(), status.message());
  info.GetIsolate()->ThrowException(absl::IsInvalidArgument(status) ? v8::Exception::TypeError(message)
                                                                    : v8::Exception::Error(message));
}

// Throws where it is not OK.
bool Succeeded(const Info& info, const absl::Status& status) {
  if (!status.ok()) ThrowStatus(info, status);
  return status.ok();
}

void Return(const Info& info, const absl::StatusOr<std::string>& bytes) {
  if (Succeeded(info, bytes.status())) info.GetReturnValue().Set(ToUint8Array(info.GetIsolate(), *bytes));
}

void HashNames(const Info& info) { ReturnStrings(info, crypto::HashNames()); }
void CipherNames(const Info& info) { ReturnStrings(info, crypto::CipherNames()); }

void Hash(const Info& info) { Return(info, crypto::Digest(TextAt(info, 0), BytesAt(info, 1))); }
void Hmac(const Info& info) { Return(info, crypto::Hmac(TextAt(info, 0), BytesAt(info, 1), BytesAt(info, 2))); }

// The stream of that number. Null after throwing.
template <class Stream>
Stream* StreamAt(const Info& info, int index) {
  Stream* stream = StateOf(info).streams.Find<Stream>(NumberAt(info, index));
  if (stream == nullptr) {
    Throw(info.GetIsolate(), absl::StrCat("too many hashes and ciphers were begun since, allowed: ",
                                          crypto::StreamTable::kStreamsMax, " at a time"));
  }
  return stream;
}

template <class Stream>
void ReturnStream(const Info& info, Stream stream) {
  info.GetReturnValue().Set(static_cast<double>(StateOf(info).streams.Add(std::move(stream))));
}

void OpenHash(const Info& info) {
  std::optional<std::string_view> key;
  if (info[1]->IsArrayBufferView()) key = BytesAt(info, 1);
  absl::StatusOr<crypto::DigestStream> stream = crypto::DigestStream::Open(TextAt(info, 0), key);
  if (Succeeded(info, stream.status())) ReturnStream(info, *std::move(stream));
}

void UpdateHash(const Info& info) {
  if (auto* stream = StreamAt<crypto::DigestStream>(info, 0)) stream->Update(BytesAt(info, 1));
}

void CopyHash(const Info& info) {
  if (auto* stream = StreamAt<crypto::DigestStream>(info, 0)) ReturnStream(info, stream->Copy());
}

void EndHash(const Info& info) {
  auto* stream = StreamAt<crypto::DigestStream>(info, 0);
  if (stream == nullptr) return;
  std::string digest = stream->End();
  StateOf(info).streams.Remove(NumberAt(info, 0));
  Return(info, std::move(digest));
}

// openCipher(name, encrypt, key, iv)
void OpenCipher(const Info& info) {
  const std::string name = TextAt(info, 0);
  absl::StatusOr<crypto::CipherStream> stream = crypto::CipherStream::Open(
      {.name = name, .encrypt = info[1]->IsTrue(), .key = BytesAt(info, 2), .iv = BytesAt(info, 3)});
  if (Succeeded(info, stream.status())) ReturnStream(info, *std::move(stream));
}

void SetCipherPadding(const Info& info) {
  if (auto* stream = StreamAt<crypto::CipherStream>(info, 0)) stream->SetPadding(info[1]->IsTrue());
}

void AddCipherData(const Info& info) {
  if (auto* stream = StreamAt<crypto::CipherStream>(info, 0)) {
    Succeeded(info, stream->AddAssociatedData(BytesAt(info, 1)));
  }
}

void SetCipherTag(const Info& info) {
  if (auto* stream = StreamAt<crypto::CipherStream>(info, 0)) Succeeded(info, stream->SetTag(BytesAt(info, 1)));
}

void UpdateCipher(const Info& info) {
  if (auto* stream = StreamAt<crypto::CipherStream>(info, 0)) Return(info, stream->Update(BytesAt(info, 1)));
}

// What is left, and behind it the tag where there is one.
void EndCipher(const Info& info) {
  auto* stream = StreamAt<crypto::CipherStream>(info, 0);
  if (stream == nullptr) return;
  absl::StatusOr<std::string> rest = stream->End();
  if (rest.ok()) *rest += stream->tag();
  StateOf(info).streams.Remove(NumberAt(info, 0));
  Return(info, rest);
}

// The key with the text of an argument. Null after throwing.
const crypto::Key* KeyAt(const Info& info, int index, crypto::Key::Role role) {
  absl::StatusOr<const crypto::Key*> key = StateOf(info).keys.Get(role, TextAt(info, index));
  return Succeeded(info, key.status()) ? *key : nullptr;
}

crypto::SignatureScheme SchemeAt(const Info& info, int index) {
  using crypto::SignatureScheme;
  const std::string name = TextAt(info, index);
  if (name == "pss") return SignatureScheme::kPss;
  if (name == "pkcs1v15") return SignatureScheme::kPkcs1;
  if (name == "ecdsa") return SignatureScheme::kEcdsaConcatenated;
  return name == "ed25519" ? SignatureScheme::kEd25519 : SignatureScheme::kByKey;
}

int SaltAt(const Info& info, int index) {
  return info[index]->IsInt32() ? info[index].As<v8::Int32>()->Value() : crypto::kSaltAny;
}

// sign(scheme, hash, key, digest, saltBytes)
void Sign(const Info& info) {
  const std::string hash = TextAt(info, 1);
  const crypto::Key* key = KeyAt(info, 2, crypto::Key::Role::kPrivate);
  if (key == nullptr) return;
  crypto::SignatureParameters parameters = {SchemeAt(info, 0), hash, SaltAt(info, 4)};
  Return(info, crypto::Sign(*key, parameters, BytesAt(info, 3)));
}

// verify(scheme, hash, key, digest, saltBytes, signature)
void Verify(const Info& info) {
  const std::string hash = TextAt(info, 1);
  const crypto::Key* key = KeyAt(info, 2, crypto::Key::Role::kPublic);
  if (key == nullptr) return;
  crypto::SignatureParameters parameters = {SchemeAt(info, 0), hash, SaltAt(info, 4)};
  absl::StatusOr<bool> holds = crypto::Verify(*key, parameters, BytesAt(info, 3), BytesAt(info, 5));
  if (Succeeded(info, holds.status())) info.GetReturnValue().Set(*holds);
}

std::string_view NameOf(crypto::Key::Kind kind) {
  switch (kind) {
    case crypto::Key::Kind::kRsa:
      return "rsa";
    case crypto::Key::Kind::kRsaPss:
      return "rsa-pss";
    case crypto::Key::Kind::kEllipticCurve:
      return "ec";
    default:
      return "ed25519";
  }
}

// readKey(pem, isPrivate): [kind, bits, curve, PEM as PKCS#8 or SPKI]
void ReadKey(const Info& info) {
  auto role = info[1]->IsTrue() ? crypto::Key::Role::kPrivate : crypto::Key::Role::kPublic;
  const crypto::Key* key = KeyAt(info, 0, role);
  if (key == nullptr) return;
  const std::string bits = absl::StrCat(key->bits());
  const std::string pem = key->Pem();
  ReturnStrings(info, {NameOf(key->kind()), bits, key->curve(), pem});
}

// rsaEncrypt(key, oaepHash, label, data)
void RsaEncrypt(const Info& info) {
  const std::string hash = TextAt(info, 1);
  const crypto::Key* key = KeyAt(info, 0, crypto::Key::Role::kPublic);
  if (key != nullptr) Return(info, crypto::RsaEncrypt(*key, {hash, BytesAt(info, 2)}, BytesAt(info, 3)));
}

void RsaDecrypt(const Info& info) {
  const std::string hash = TextAt(info, 1);
  const crypto::Key* key = KeyAt(info, 0, crypto::Key::Role::kPrivate);
  if (key != nullptr) Return(info, crypto::RsaDecrypt(*key, {hash, BytesAt(info, 2)}, BytesAt(info, 3)));
}

// The memory of a Uint8Array, to be written to.
std::span<char> SpanAt(const Info& info, int index) {
  std::string_view bytes = BytesAt(info, index);
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

// pbkdf2Step(hash, password, u, t, count)
void Pbkdf2Step(const Info& info) {
  Succeeded(info,
            crypto::Pbkdf2Step(TextAt(info, 0), BytesAt(info, 1), SpanAt(info, 2), SpanAt(info, 3), NumberAt(info, 4)));
}

// scrypt(password, salt, N, r, p, bytes)
void Scrypt(const Info& info) {
  crypto::ScryptParameters parameters = {NumberAt(info, 2), NumberAt(info, 3), NumberAt(info, 4)};
  Return(info, crypto::Scrypt(BytesAt(info, 0), BytesAt(info, 1), parameters, NumberAt(info, 5)));
}

}  // namespace

std::span<const NativeFunction> CryptoNatives() {
  static constexpr NativeFunction kNatives[] = {
      {"hashNames", HashNames},
      {"cipherNames", CipherNames},
      {"hash", Hash},
      {"hmac", Hmac},
      {"openHash", OpenHash},
      {"updateHash", UpdateHash},
      {"copyHash", CopyHash},
      {"endHash", EndHash},
      {"openCipher", OpenCipher},
      {"setCipherPadding", SetCipherPadding},
      {"addCipherData", AddCipherData},
      {"setCipherTag", SetCipherTag},
      {"updateCipher", UpdateCipher},
      {"endCipher", EndCipher},
      {"sign", Sign},
      {"verify", Verify},
      {"readKey", ReadKey},
      {"rsaEncrypt", RsaEncrypt},
      {"rsaDecrypt", RsaDecrypt},
      {"pbkdf2Step", Pbkdf2Step},
      {"scrypt", Scrypt},
  };
  return kNatives;
}

}  // namespace overlock::executor::js
