#include "services/config/sealed_application.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/application_store.h"

namespace overlock::config {
namespace {

absl::StatusOr<std::string> Unbase64(const std::string& text, const std::string& context) {
  std::string sealed;
  if (absl::Base64Unescape(text, &sealed)) return sealed;
  return Error(absl::StatusCode::kDataLoss, "SEAL_BROKEN", absl::StrCat(context, " is not base64 text"));
}

}  // namespace

std::string SerializeApplication(const v1::Application& application) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  // Maps have no order of their own.
  coded.SetSerializationDeterministic(true);
  application.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

std::string RevisionContext(std::string_view app_id, int64_t revision) {
  return absl::StrCat("config application ", app_id, " ", revision);
}

std::string DraftContext(std::string_view app_id) { return absl::StrCat("config draft ", app_id); }

std::string SealApplication(const crypto::SealKey& key, const v1::Application& application,
                            const std::string& context) {
  return absl::Base64Escape(key.Seal(SerializeApplication(application), context));
}

absl::StatusOr<v1::Application> OpenApplication(const crypto::SealKey& key, const std::string& text,
                                                const std::string& context) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string sealed, Unbase64(text, context));
  OVERLOCK_ASSIGN_OR_RETURN(std::string plain, key.Open(sealed, context));
  v1::Application application;
  if (!application.ParseFromString(plain)) {
    return Error(absl::StatusCode::kDataLoss, "STORE_BROKEN", absl::StrCat(context, " cannot be read"));
  }
  return application;
}

absl::StatusOr<std::string> ResealText(const crypto::SealKey& key, const std::vector<crypto::SealKey>& old_keys,
                                       const std::string& text, const std::string& context) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string sealed, Unbase64(text, context));
  absl::StatusOr<std::string> plain = key.Open(sealed, context);
  if (plain.ok()) return text;
  for (const crypto::SealKey& old_key : old_keys) {
    absl::StatusOr<std::string> opened = old_key.Open(sealed, context);
    if (opened.ok()) return absl::Base64Escape(key.Seal(*opened, context));
  }
  return plain.status();
}

}  // namespace overlock::config
