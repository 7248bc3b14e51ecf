#include "services/executor/js/snapshot.h"

#include <v8-initialization.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "common/status/status.h"

namespace overlock::executor::js {
namespace {

struct Header {
  char magic[8];
  char v8_version[40];
  uint64_t size;
  uint64_t hash;
};
// V8 wants the blob aligned.
static_assert(sizeof(Header) % 16 == 0);
constexpr char kMagic[8] = {'o', 'v', 'l', 's', 'n', 'a', 'p', '1'};

// FNV-1a over words: it guards against damage, not against an attacker, who could change the program as well.
uint64_t Hash(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t i = 0; i < bytes.size(); i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min(sizeof(word), bytes.size() - i));
    hash = (hash ^ word) * 0x100000001b3;
    hash ^= hash >> 32;
  }
  return hash;
}

Header MakeHeader(std::string_view blob) {
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::strncpy(header.v8_version, v8::V8::GetVersion(), sizeof(header.v8_version) - 1);
  header.size = blob.size();
  header.hash = Hash(blob);
  return header;
}

}  // namespace

std::string SealSnapshot(std::string_view blob) {
  Header header = MakeHeader(blob);
  std::string file(reinterpret_cast<const char*>(&header), sizeof(header));
  file.append(blob);
  return file;
}

absl::StatusOr<std::string_view> OpenSnapshot(std::string_view file) {
  if (file.size() >= sizeof(Header)) {
    std::string_view blob = file.substr(sizeof(Header));
    Header expected = MakeHeader(blob);
    if (std::memcmp(&expected, file.data(), sizeof(expected)) == 0) return blob;
  }
  return Error(absl::StatusCode::kDataLoss, "SNAPSHOT_INVALID", "snapshot: damaged, or made by another version of V8");
}

}  // namespace overlock::executor::js
