// `environment` of the root file, and environments/<tag>.json (spec sections 1.1 and 1.3).
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"
#include "services/config/json_text.h"
#include "services/config/layout/file_reader.h"

namespace overlock::config {
namespace {

// What the file of an application without an environment is called.
constexpr std::string_view kNoEnvironment = "no-environment";

// Every file is checked; the values of the one in use are kept.
void ParseValuesFile(const ParseContext& context, const AppFiles& files, const std::string& path, bool in_use,
                     v1::Application& application) {
  std::optional<JsonValue> document = ReadObjectFile(files, context.problems, path);
  if (!document) return;
  ObjectReader reader(path, "", *document, context.problems);
  const JsonValue* values = reader.Object("values");
  reader.Finish();
  if (values == nullptr || !in_use) return;
  for (const JsonMember& member : values->members) {
    (*application.mutable_environment_values_json())[member.key] = ToText(member.value);
  }
}

}  // namespace

void ParseEnvironment(const ParseContext& context, ObjectReader& root, v1::Application& application) {
  std::string tag =
      root.Enum("environment", {"", "none", kNoEnvironment, "development", "testing", "qa", "production"}).value_or("");
  if (tag == "none" || tag == kNoEnvironment) tag.clear();
  application.set_environment(tag);
  const std::string used = absl::StrCat("environments/", tag.empty() ? kNoEnvironment : tag, ".json");
  AppFiles files = AppFiles::FromMap(context.tree.kept);
  for (const std::string& path : files.JsonFiles("environments/")) {
    ParseValuesFile(context, files, path, path == used, application);
  }
}

}  // namespace overlock::config
