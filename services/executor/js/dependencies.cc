#include "services/executor/js/dependencies.h"

#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::executor::js {

struct Dependencies::Files {
  config::v1::DependencyFiles message;
  absl::flat_hash_map<std::string_view, const std::string*> by_path;
};

Dependencies::Dependencies(const std::string& packed) : packed_(packed) {}
Dependencies::~Dependencies() = default;

const std::string* Dependencies::Find(std::string_view path) {
  constexpr std::string_view kRoot = "node_modules/";
  if (packed_.empty() || !absl::StartsWith(path, kRoot)) return nullptr;
  path.remove_prefix(kRoot.size());
  if (files_ == nullptr) {
    files_ = std::make_unique<Files>();
    google::protobuf::io::ArrayInputStream packed(packed_.data(), static_cast<int>(packed_.size()));
    google::protobuf::io::GzipInputStream unpacked(&packed, google::protobuf::io::GzipInputStream::ZLIB);
    // Config packs them; what cannot be read is as if it were not there.
    if (!files_->message.ParseFromZeroCopyStream(&unpacked)) files_->message.Clear();
    for (const auto& file : files_->message.files()) files_->by_path.emplace(file.path(), &file.content());
  }
  auto it = files_->by_path.find(path);
  return it == files_->by_path.end() ? nullptr : it->second;
}

}  // namespace overlock::executor::js
