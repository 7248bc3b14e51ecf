#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "services/config/entity_parsers.h"
#include "services/config/layout/app_layout.h"

namespace overlock::config {
namespace {

constexpr size_t kAppNameBytesMax = 32;
constexpr size_t kAppIdBytesMax = 64;
constexpr int64_t kLimitMillisMin = 10;
constexpr int64_t kLimitMillisMax = 300'000;
constexpr int64_t kMemoryMebibytesMin = 16;
constexpr int64_t kMemoryMebibytesMax = 1024;
constexpr int64_t kPendingOperationsMax = 100'000;
constexpr int64_t kConsoleLinesMax = 1'000;
constexpr int64_t kConsoleLineBytesMin = 16;
constexpr int64_t kConsoleLineBytesMax = 16 * 1024;
constexpr int64_t kAnswerBytesMin = 1024;
constexpr int64_t kAnswerBytesMax = 18 * 1024 * 1024;

bool IsPlainName(std::string_view text, size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max) return false;
  for (char c : text) {
    if (!absl::ascii_isalnum(c) && c != '_' && c != '-') return false;
  }
  return true;
}

// `<scheme>://<host>[:port]`
bool IsOrigin(std::string_view origin) {
  size_t scheme = origin.find("://");
  if (scheme == 0 || scheme == std::string_view::npos) return false;
  std::string_view host = origin.substr(scheme + 3);
  if (host.empty()) return false;
  for (char c : host) {
    if (!absl::ascii_isgraph(c) || c == '/' || c == '?' || c == '#' || c == '@') return false;
  }
  return true;
}

// F1 and F2 have one tree, and files of one were seen with the version of the other.
void ReadVersion(ObjectReader& reader, v1::Layout layout, v1::Application& application) {
  const JsonValue* version = reader.Any("config_version");
  application.set_config_version(ConfigVersion(layout));
  if (version == nullptr || version->kind == JsonValue::Kind::kNull) return;
  const bool realm_2 = layout == v1::LAYOUT_REALM_2;
  auto is = [&](v1::Layout other) { return version->integer == ConfigVersion(other); };
  bool known = version->is_integer && (realm_2 ? is(layout) : is(v1::LAYOUT_STITCH) || is(v1::LAYOUT_REALM_1));
  if (known) {
    application.set_config_version(version->integer);
  } else {
    reader.AddError("config_version", realm_2 ? "must be 20210101 in realm_config.json"
                                              : "must be 20180301 or 20200603; 20210101 stands in realm_config.json");
  }
}

void ReadNames(ObjectReader& reader, v1::Application& application) {
  std::string name = reader.RequiredString("name").value_or("");
  if (!name.empty() && !IsPlainName(name, kAppNameBytesMax)) {
    reader.AddError("name", "must have 1 to 32 characters: ASCII letters, numbers, underscores, and hyphens");
  }
  std::string app_id = reader.String("app_id").value_or("");
  if (app_id.empty()) {
    app_id = DeriveAppId(name);
  } else if (!IsPlainName(app_id, kAppIdBytesMax)) {
    reader.AddError("app_id", "must have 1 to 64 characters: ASCII letters, numbers, underscores, and hyphens");
  }
  application.set_name(name);
  application.set_app_id(app_id);
}

void ReadOrigins(ObjectReader& reader, v1::Application& application) {
  auto origins = reader.Strings("allowed_request_origins").value_or(std::vector<std::string>());
  for (size_t i = 0; i < origins.size(); ++i) {
    if (!IsOrigin(origins[i])) {
      reader.AddError(absl::StrCat("allowed_request_origins[", i, "]"), "must be <scheme>://<host>[:port]");
    }
    application.add_allowed_request_origins(origins[i]);
  }
}

// `security.allowed_request_origins`; F3 has the list at the top.
void ReadSecurity(const ParseContext& context, ObjectReader& reader, v1::Application& application) {
  if (context.tree.layout == v1::LAYOUT_REALM_2) ReadOrigins(reader, application);
  const JsonValue* object = reader.Object("security");
  if (object == nullptr) return;
  ObjectReader security(reader.file(), "security", *object, context.problems);
  ReadOrigins(security, application);
  security.Finish();
}

void SetMillis(int64_t millis, google::protobuf::Duration& duration) {
  duration.set_seconds(millis / 1000);
  duration.set_nanos(static_cast<int32_t>(millis % 1000 * 1'000'000));
}

void ReadLimits(ObjectReader& limits, v1::Limits& result) {
  if (auto millis = limits.Integer("run_time_ms", kLimitMillisMin, kLimitMillisMax)) {
    SetMillis(*millis, *result.mutable_run_time_max());
  }
  if (auto millis = limits.Integer("cpu_time_ms", kLimitMillisMin, kLimitMillisMax)) {
    SetMillis(*millis, *result.mutable_cpu_time_max());
  }
  if (auto mebibytes = limits.Integer("memory_mb", kMemoryMebibytesMin, kMemoryMebibytesMax)) {
    result.set_memory_bytes_max(*mebibytes * 1024 * 1024);
  }
  if (auto operations = limits.Integer("pending_operations", 1, kPendingOperationsMax)) {
    result.set_pending_operations_max(static_cast<int32_t>(*operations));
  }
  if (auto lines = limits.Integer("console_lines", 1, kConsoleLinesMax)) {
    result.set_console_lines_max(static_cast<int32_t>(*lines));
  }
  if (auto bytes = limits.Integer("console_line_bytes", kConsoleLineBytesMin, kConsoleLineBytesMax)) {
    result.set_console_line_bytes_max(static_cast<int32_t>(*bytes));
  }
  if (auto bytes = limits.Integer("answer_bytes", kAnswerBytesMin, kAnswerBytesMax)) {
    result.set_answer_bytes_max(*bytes);
  }
}

void ReadOverlock(const ParseContext& context, ObjectReader& reader, v1::Application& application) {
  const JsonValue* object = reader.Object("overlock");
  if (object == nullptr) return;
  ObjectReader overlock(reader.file(), "overlock", *object, context.problems);
  if (const JsonValue* limits_object = overlock.Object("limits")) {
    ObjectReader limits(reader.file(), "overlock.limits", *limits_object, context.problems);
    ReadLimits(limits, *application.mutable_limits());
    limits.Finish();
  }
  overlock.Finish();
}

}  // namespace

std::string DeriveAppId(std::string_view name) {
  std::string digest = crypto::Sha256(absl::StrCat("overlock app id\n", name));
  std::string letters;
  for (int i = 0; i < 5; ++i) letters.push_back(static_cast<char>('a' + static_cast<unsigned char>(digest[i]) % 26));
  return absl::StrCat(name, "-", letters);
}

void ParseRootFile(const ParseContext& context, v1::Application& application) {
  // What could not be read has been told.
  if (context.tree.root.kind != JsonValue::Kind::kObject) return;
  ObjectReader reader(context.tree.root_file, "", context.tree.root, context.problems);
  ReadVersion(reader, context.tree.layout, application);
  ReadNames(reader, application);
  application.set_location(reader.String("location").value_or("US-VA"));
  application.set_deployment_model(reader.Enum("deployment_model", {"GLOBAL", "LOCAL"}).value_or("GLOBAL"));
  ReadSecurity(context, reader, application);
  ReadOverlock(context, reader, application);
  for (std::string_view section : {"hosting", "realm_config", "sync"}) {
    const JsonValue* object = reader.Object(section);
    const JsonValue* enabled = object == nullptr ? nullptr : object->Find("enabled");
    if (enabled != nullptr && enabled->boolean)
      reader.AddWarning(section, "is enabled, and is not run in this version");
  }
  // ParseCustomUserData() reads it, when there are services.
  reader.Object("custom_user_data_config");
  ParseEnvironment(context, reader, application);
  reader.String("provider_region");
  reader.Finish();
}

}  // namespace overlock::config
