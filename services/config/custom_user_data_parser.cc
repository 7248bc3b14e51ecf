// Where users' custom data are (spec section 1.3).
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/config/entity_parsers.h"
#include "services/config/layout/file_reader.h"

namespace overlock::config {
namespace {

constexpr char kRootField[] = "custom_user_data_config";
constexpr char kFile[] = "auth/custom_user_data.json";

// The MongoDB service by its name or, as layout F1 has it, by its id. Empty after an error.
std::string ReadService(ObjectReader& reader, const v1::Application& application) {
  const std::string name = reader.String("mongo_service_name").value_or("");
  const std::string id = reader.String("mongo_service_id").value_or("");
  std::vector<const v1::Service*> sources;
  for (const v1::Service& service : application.services()) {
    if (!IsDataSource(service.type())) continue;
    if (name.empty() ? absl::EqualsIgnoreCase(service.id(), id) : service.name() == name) return service.name();
    sources.push_back(&service);
  }
  if (!name.empty()) {
    reader.AddError("mongo_service_name", absl::StrCat("there is no MongoDB service '", name, "'"));
  } else if (id.empty()) {
    reader.AddError("mongo_service_name", "is required: the name of a MongoDB service");
  } else if (sources.size() == 1) {
    // A copy of an application has other ids.
    reader.AddWarning("mongo_service_id", absl::StrCat("no service has the id ", id, "; '", sources[0]->name(),
                                                       "' is taken, the only one of MongoDB"));
    return sources[0]->name();
  } else {
    reader.AddError("mongo_service_id",
                    absl::StrCat("no MongoDB service has the id ", id, "; give mongo_service_name in its place"));
  }
  return "";
}

// It becomes a condition of a query: an operator would ask something else.
std::string ReadUserIdField(ObjectReader& reader) {
  std::string field = reader.RequiredString("user_id_field").value_or("");
  if (absl::StartsWith(field, "$") || absl::StrContains(field, '\0')) {
    reader.AddError("user_id_field", "must be the name of a field: it must not begin with '$' or hold a NUL");
  }
  return field;
}

void ReadCustomUserData(ObjectReader reader, v1::Application& application) {
  if (reader.Bool("enabled").value_or(false)) {
    v1::CustomUserData& data = *application.mutable_custom_user_data();
    data.set_enabled(true);
    data.set_mongo_service_name(ReadService(reader, application));
    data.set_database_name(reader.RequiredString("database_name").value_or(""));
    data.set_collection_name(reader.RequiredString("collection_name").value_or(""));
    data.set_user_id_field(ReadUserIdField(reader));
    data.set_on_user_creation_function_name(reader.String("on_user_creation_function_name").value_or(""));
    if (!data.on_user_creation_function_name().empty()) {
      reader.AddWarning("on_user_creation_function_name", "is not called in this version when a user is made");
    }
  }
  // What is switched off may be half filled in.
  reader.Ignore({"mongo_service_id", "mongo_service_name", "database_name", "collection_name", "user_id_field",
                 "on_user_creation_function_id", "on_user_creation_function_name"});
  reader.Finish();
}

}  // namespace

void ParseCustomUserData(const ParseContext& context, v1::Application& application) {
  const JsonValue* object = context.tree.root.Find(kRootField);
  if (object != nullptr && object->kind == JsonValue::Kind::kObject) {
    return ReadCustomUserData(ObjectReader(context.tree.root_file, kRootField, *object, context.problems), application);
  }
  const AppFiles files = AppFiles::FromMap(context.tree.kept);
  if (files.Find(kFile) == nullptr) return;
  const std::optional<JsonValue> document = ReadConfigFile(files, context.problems, kFile);
  if (document) ReadCustomUserData(ObjectReader(kFile, "", *document, context.problems), application);
}

}  // namespace overlock::config
