// An application as it stands in the database. Internal to the store.
#ifndef OVERLOCK_SERVICES_CONFIG_SEALED_APPLICATION_H_
#define OVERLOCK_SERVICES_CONFIG_SEALED_APPLICATION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/crypto/seal.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// What a sealed application is bound to: it cannot stand in for another one, or for another revision of its own.
std::string RevisionContext(std::string_view app_id, int64_t revision);
std::string DraftContext(std::string_view app_id);

// Base64 text of the sealed bytes.
std::string SealApplication(const crypto::SealKey& key, const v1::Application& application, const std::string& context);

// DATA_LOSS (`SEAL_BROKEN`, `STORE_BROKEN`).
absl::StatusOr<v1::Application> OpenApplication(const crypto::SealKey& key, const std::string& text,
                                                const std::string& context);

// The text sealed with `key`, if it is not and one of `old_keys` opens it; the text itself if `key` does.
absl::StatusOr<std::string> ResealText(const crypto::SealKey& key, const std::vector<crypto::SealKey>& old_keys,
                                       const std::string& text, const std::string& context);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_SEALED_APPLICATION_H_
