#include "services/config/dependency_packer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::config {
namespace {

using google::protobuf::io::ArrayInputStream;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::GzipInputStream;
using google::protobuf::io::GzipOutputStream;
using google::protobuf::io::StringOutputStream;

// Z_STREAM_END of zlib.
constexpr int kZlibStreamEnd = 1;
// What the messages around the files may need.
constexpr int kUnpackedBytesMax = static_cast<int>(kDependencyBytesMax + kDependencyFilesMax * 1024);

absl::Status Invalid(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, absl::StrCat("dependencies: ", message));
}

bool IsPath(std::string_view path) {
  if (path.empty() || path.size() > kDependencyPathBytesMax) return false;
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find('/', begin), path.size());
    std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  for (char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\') return false;
  }
  return true;
}

// For an error: no control characters, not too long.
std::string Shown(std::string_view path) {
  std::string shown(path.substr(0, 200));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return shown;
}

}  // namespace

bool DependencyPacker::Wants(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  size_t dot = name.rfind('.');
  if (dot == 0) return false;
  std::string_view extension = dot == std::string_view::npos ? "" : name.substr(dot);
  // Without an extension only what `main` of a package can name; licences and the like are told by their capitals.
  if (extension.empty()) return name.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string_view::npos;
  return extension == ".js" || extension == ".cjs" || extension == ".json";
}

absl::Status DependencyPacker::Add(std::string_view path, std::string content) {
  if (!IsPath(path)) {
    return Invalid("BAD_PATH", absl::StrCat("'", Shown(path),
                                            "': a path must have parts separated by '/', none of them "
                                            "'.' or '..', at most ",
                                            kDependencyPathBytesMax, " bytes"));
  }
  if (!Wants(path)) return absl::OkStatus();
  bytes_ += content.size();
  if (bytes_ > kDependencyBytesMax) {
    return Invalid("FILE_TOO_LARGE", absl::StrCat("the files that require() reads have more than ",
                                                  kDependencyBytesMax >> 20, " MiB together"));
  }
  if (files_.size() >= kDependencyFilesMax && !files_.contains(path)) {
    return Invalid("TOO_MANY_FILES", absl::StrCat("more than ", kDependencyFilesMax, " files that require() reads"));
  }
  files_.insert_or_assign(std::string(path), std::move(content));
  return absl::OkStatus();
}

absl::StatusOr<std::string> DependencyPacker::Pack() const {
  v1::DependencyFiles message;
  for (const auto& [path, content] : files_) {
    v1::DependencyFiles::File& file = *message.add_files();
    file.set_path(path);
    file.set_content(content);
  }
  std::string packed;
  {
    StringOutputStream out(&packed);
    GzipOutputStream::Options options;
    options.format = GzipOutputStream::ZLIB;
    options.compression_level = 9;
    GzipOutputStream zipped(&out, options);
    CodedOutputStream coded(&zipped);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  if (packed.size() > kPackedDependencyBytesMax) {
    return Invalid("FILE_TOO_LARGE", absl::StrCat("the packages have ", packed.size(),
                                                  " bytes when compressed; at most ", kPackedDependencyBytesMax));
  }
  return packed;
}

absl::StatusOr<v1::DependencyFiles> UnpackDependencies(std::string_view packed) {
  if (packed.size() > kPackedDependencyBytesMax) {
    return Invalid("FILE_TOO_LARGE", absl::StrCat("more than ", kPackedDependencyBytesMax, " bytes when compressed"));
  }
  ArrayInputStream in(packed.data(), static_cast<int>(packed.size()));
  GzipInputStream unzipped(&in, GzipInputStream::ZLIB);
  CodedInputStream coded(&unzipped);
  coded.SetTotalBytesLimit(kUnpackedBytesMax);
  v1::DependencyFiles message;
  // Damage looks like an early end to the parser.
  if (!message.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage() ||
      unzipped.ZlibErrorCode() != kZlibStreamEnd) {
    return Invalid("BAD_DEPENDENCIES", "not a compressed DependencyFiles, or too large");
  }
  return message;
}

absl::Status CheckDependencies(std::string_view packed) {
  if (packed.empty()) return absl::OkStatus();
  OVERLOCK_ASSIGN_OR_RETURN(v1::DependencyFiles message, UnpackDependencies(packed));
  DependencyPacker files;
  for (v1::DependencyFiles::File& file : *message.mutable_files()) {
    OVERLOCK_RETURN_IF_ERROR(files.Add(file.path(), std::move(*file.mutable_content())));
  }
  return absl::OkStatus();
}

}  // namespace overlock::config
