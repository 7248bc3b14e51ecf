// A secret, prepared for one way of signing.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_KEY_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_KEY_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/validation/schemes/hmac_key.h"
#include "services/validation/schemes/presets.h"
#include "services/validation/schemes/public_key.h"
#include "services/validation/schemes/secrets.h"
#include "services/validation/schemes/signature_header.h"

namespace overlock::validation {

// Immutable, so thread-safe.
class Key {
 public:
  Key(const Preset& preset, const Secret& secret);

  // False for an empty secret, and for one that is not written as its kind asks for: nothing is signed with that.
  bool usable() const { return !std::holds_alternative<std::monostate>(key_); }
  // Whether it counts at that time.
  bool counts(absl::Time now) const { return usable() && now < expires_at_; }
  // Whether one of the signatures of this key's kind is that of the parts one after the other. All are looked at, each
  // in a time that its content does not change.
  bool Signed(absl::Span<const std::string_view> parts, absl::Span<const Candidate> signatures) const;
  // The HMAC of a text; empty if this is no key for that.
  std::string Sign(std::string_view text) const;

 private:
  size_t kind_ = 0;
  absl::Time expires_at_;
  std::variant<std::monostate, HmacKey, PublicKey, std::string> key_;
};

using Keys = std::vector<Key>;

// One for each secret, in their order.
Keys MakeKeys(const Preset& preset, const Secrets& secrets);

// REFUSAL_UNSPECIFIED if requests can be checked with these keys, which are those of the secrets.
Refusal CheckKeys(const Secrets& secrets, const Keys& keys);

// The first key that counts and for which `is_signed(key)`, or -1. All keys that count are tried.
template <typename IsSigned>
int MatchKey(const Keys& keys, absl::Time now, IsSigned is_signed) {
  int match = -1;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].counts(now) && is_signed(keys[i]) && match < 0) match = static_cast<int>(i);
  }
  return match;
}

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_KEY_H_
