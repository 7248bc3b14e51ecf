// BSON from workers and servers: any bytes are read or refused; what is read keeps its meaning when it is written and
// read again; and what rules do with it ends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/ejson/bson.h"
#include "common/ejson/serialize.h"
#include "services/executor/data/bson_documents.h"
#include "services/executor/data/rules/projection.h"
#include "services/executor/data/rules/query_check.h"
#include "services/executor/data/rules/update.h"

namespace {

using namespace overlock;

void Require(bool condition) {
  if (!condition) std::abort();
}

void Judge(const ejson::Value& value) {
  executor::FindForbiddenOperator(value);
  executor::FindStageForNobody(value);
  std::vector<std::vector<std::string>> paths;
  executor::CollectPaths(value, paths);
  if (executor::FindProjectionFault(value).empty()) executor::Project(value, value);
  absl::StatusOr<ejson::Value> updated = executor::ApplyUpdate(value, value, /*is_insert=*/true);
  if (updated.ok()) ejson::ToCanonicalJson(*updated);
  executor::SeedOf(value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  executor::ReadCursorReply(bytes);
  executor::CommandName(bytes);
  executor::TextField(bytes, "find");
  executor::HasField(bytes, "$db");
  absl::StatusOr<ejson::Value> value = ejson::FromBson(bytes);
  if (!value.ok()) return 0;
  absl::StatusOr<ejson::Value> again = ejson::FromBson(ejson::ToBson(*value));
  Require(again.ok() && ejson::ToCanonicalJson(*again) == ejson::ToCanonicalJson(*value));
  Judge(*value);
  return 0;
}
