#include "services/config/app_export.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"
#include "services/config/app_directory.h"
#include "services/config/dependency_archive.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"
#include "services/config/validation_methods.h"
#include "services/config/webhook_secret.h"

namespace overlock::config {
namespace {

// Below the 20 MiB that gRPC carries.
constexpr size_t kExportBytesMax = 19 * 1000 * 1000;
constexpr char kOwnKey[] = "overlock";

ExportForm FormOf(v1::ExportForm form) {
  if (form == v1::EXPORT_FORM_TEMPLATE) return ExportForm::kTemplate;
  return form == v1::EXPORT_FORM_SOURCE_CONTROL ? ExportForm::kSourceControl : ExportForm::kPlain;
}

// Takes our own settings out of an object, and says where they were.
void TakeOwnSettings(const std::string& where, JsonValue& object, v1::ExportAppResponse& response) {
  for (const JsonMember& member : object.members) {
    if (member.key == kOwnKey) response.add_left_out(where + kOwnKey);
  }
  RemoveMember(object, kOwnKey);
  for (JsonMember& member : object.members) {
    if (member.value.kind == JsonValue::Kind::kObject && (member.key == "options" || member.key == "config")) {
      TakeOwnSettings(absl::StrCat(where, member.key, "."), member.value, response);
    }
  }
}

// A method that Stitch does not know gives way to the strictest that it does.
void TakeOwnMethod(const std::string& where, std::string_view field, JsonValue& object,
                   v1::ExportAppResponse& response) {
  const JsonValue* method = object.Find(field);
  if (method == nullptr || method->kind != JsonValue::Kind::kString) return;
  const v1::ValidationMethod value = ValidationMethodOf(method->text);
  if (value == v1::VALIDATION_METHOD_UNSPECIFIED || IsStitchMethod(value)) return;
  response.add_left_out(absl::StrCat(where, field, ": ", method->text));
  SetMember(object, field, MakeString(ValidationMethodName(v1::VALIDATION_METHOD_VERIFY_PAYLOAD)));
}

void TakeOwnMethods(const std::string& where, AppEntity& entity, v1::ExportAppResponse& response) {
  if (entity.kind == v1::ENTITY_KIND_ENDPOINT) TakeOwnMethod(where, "validation_method", entity.config, response);
  if (entity.kind != v1::ENTITY_KIND_WEBHOOK) return;
  for (JsonMember& member : entity.config.members) {
    if (member.key != "options" || member.value.kind != JsonValue::Kind::kObject) continue;
    TakeOwnMethod(where + "options.", "validationMethod", member.value, response);
  }
}

void LeaveOut(const v1::ExportAppRequest& request, bool with_secrets, AppTree& tree, v1::ExportAppResponse& response) {
  if (request.plain_stitch()) TakeOwnSettings(tree.root_file + ": ", tree.root, response);
  for (AppEntity& entity : tree.entities) {
    if (request.plain_stitch()) {
      std::string where =
          absl::StrCat(entity.origin.file, ": ", entity.origin.path, entity.origin.path.empty() ? "" : ".");
      TakeOwnSettings(where, entity.config, response);
      TakeOwnMethods(where, entity, response);
    }
    if (with_secrets || WebhookSecretOf(entity) == nullptr) continue;
    RemoveWebhookSecret(entity);
    response.set_secrets_left_out(true);
  }
}

void LeaveOutHosting(AppTree& tree, v1::ExportAppResponse& response) {
  const size_t files = std::erase_if(tree.kept, [](const auto& file) { return IsHostingFile(file.first); });
  if (files > 0) response.add_left_out(absl::StrCat(kHostingDirectory, ": ", files, files == 1 ? " file" : " files"));
}

// What the caller can do without, when all is too much.
std::string Remedy(const v1::ExportAppRequest& request) {
  std::vector<std::string> parts;
  if (request.include_dependencies()) parts.push_back("the dependencies");
  if (request.include_hosting()) parts.push_back("hosting");
  return parts.empty() ? "" : absl::StrCat("; leave ", absl::StrJoin(parts, " or "), " out");
}

}  // namespace

absl::StatusOr<v1::ExportAppResponse> ExportApplication(const v1::Application& application,
                                                        const v1::ExportAppRequest& request, bool with_secrets) {
  if (!v1::ExportForm_IsValid(request.form())) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FORM", "form: must be PLAIN, TEMPLATE or SOURCE_CONTROL");
  }
  AppTree tree = FromDocument(application.document());
  v1::ExportAppResponse response;
  LeaveOut(request, with_secrets, tree, response);
  if (!request.include_hosting()) LeaveOutHosting(tree, response);
  std::map<std::string, std::string> files = WriteAppTree(tree, FormOf(request.form()));
  if (request.include_dependencies() && !application.dependencies().empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(files["functions/node_modules.tar.gz"],
                              DependenciesToArchive(application.dependencies()));
  }
  size_t bytes = 0;
  for (auto& [path, content] : files) {
    bytes += path.size() + content.size();
    v1::AppFile& file = *response.add_files();
    file.set_path(path);
    file.set_content(std::move(content));
  }
  if (bytes > kExportBytesMax) {
    return Error(absl::StatusCode::kFailedPrecondition, "EXPORT_TOO_LARGE",
                 absl::StrCat("the files have ", bytes, " bytes; at most ", kExportBytesMax,
                              ", since a gRPC message carries 20 MiB", Remedy(request)));
  }
  return response;
}

}  // namespace overlock::config
