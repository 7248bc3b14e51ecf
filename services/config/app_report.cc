#include "services/config/app_report.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/config/dependency_packer.h"
#include "services/config/layout/app_layout.h"
#include "services/config/report/config_verdicts.h"
#include "services/config/report/source_scan.h"
#include "services/config/validation_methods.h"
#include "services/config/webhook_validation.h"

namespace overlock::config {
namespace {

using Rows = google::protobuf::RepeatedPtrField<v1::ReportRow>;

std::string TextOf(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.Find(key);
  return value != nullptr && value->kind == JsonValue::Kind::kString ? value->text : "";
}

// Whether a field says something: not absent, null, false, empty.
bool IsSet(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      return false;
    case JsonValue::Kind::kBool:
      return value.boolean;
    case JsonValue::Kind::kString:
      return !value.text.empty();
    case JsonValue::Kind::kArray:
      return !value.items.empty();
    case JsonValue::Kind::kObject: {
      const JsonValue* enabled = value.Find("enabled");
      if (enabled == nullptr) enabled = value.Find("development_mode_enabled");
      return enabled == nullptr ? !value.members.empty() : IsSet(*enabled);
    }
    default:
      return true;
  }
}

v1::ReportRow::Verdict WireOf(Verdict::Kind kind) {
  if (kind == Verdict::Kind::kRuns) return v1::ReportRow::VERDICT_RUNS;
  return kind == Verdict::Kind::kDiffers ? v1::ReportRow::VERDICT_DIFFERS : v1::ReportRow::VERDICT_DOES_NOT_RUN;
}

class Reporter {
 public:
  explicit Reporter(const v1::Application& application) : tree_(FromDocument(application.document())) {
    for (const v1::Service& service : application.services()) names_.service_types[service.name()] = service.type();
    for (const v1::Function& function : application.functions()) names_.functions.insert(function.name());
    for (const v1::Value& value : application.values()) names_.values.insert(value.name());
    for (const v1::Service& service : application.services()) {
      for (const v1::Webhook& webhook : service.webhooks()) {
        if (HasValidationSecret(application, service, webhook)) secured_.emplace(service.name(), webhook.name());
      }
    }
    ReadPackages(application.dependencies());
  }

  Rows Report() {
    ReportFields("root", tree_.root_file, "", tree_.root);
    for (const AppEntity& entity : tree_.entities) ReportEntity(entity);
    ReportKept();
    return std::move(rows_);
  }

 private:
  void Add(const std::string& construct, const std::string& file, const std::string& place, const Verdict& verdict) {
    if (verdict.kind == Verdict::Kind::kRuns && verdict.explanation.empty()) {
      auto [it, added] = running_.emplace(construct, rows_.size());
      if (!added) {
        rows_[it->second].set_uses(rows_[it->second].uses() + 1);
        return;
      }
    }
    v1::ReportRow& row = *rows_.Add();
    row.set_construct(construct);
    row.set_file(file);
    row.set_place(place);
    row.set_verdict(WireOf(verdict.kind));
    row.set_explanation(verdict.explanation);
    row.set_uses(1);
  }

  void ReportFields(std::string_view kind, const std::string& file, const std::string& path, const JsonValue& config) {
    for (const VerdictRow& known : ConfigFields()) {
      std::string_view field = known.name;
      if (!absl::StartsWith(field, absl::StrCat(kind, "."))) continue;
      field.remove_prefix(kind.size() + 1);
      const JsonValue* value = config.Find(field.substr(0, field.find('.')));
      if (value == nullptr || !IsSet(*value)) continue;
      std::string place = absl::StrCat(path, path.empty() ? "" : ".", field);
      Add(std::string(field), file, place, VerdictOfField(known.name));
    }
  }

  void ReportEntity(const AppEntity& entity) {
    const EntityOrigin& origin = entity.origin;
    const std::string type = TextOf(entity.config, "type");
    switch (entity.kind) {
      case v1::ENTITY_KIND_SERVICE:
        Add(absl::StrCat("service of type ", type), origin.file, "type", VerdictOfServiceType(type));
        break;
      case v1::ENTITY_KIND_AUTH_PROVIDER:
        Add(absl::StrCat("auth provider ", type), origin.file, origin.path, VerdictOfAuthProvider(type));
        break;
      case v1::ENTITY_KIND_WEBHOOK:
        ReportWebhook(entity);
        break;
      case v1::ENTITY_KIND_FUNCTION:
        ReportFields("function", origin.file, origin.path, entity.config);
        break;
      case v1::ENTITY_KIND_ENDPOINT:
        Add("HTTPS endpoint", origin.file, entity.name, VerdictOfDirectory("http_endpoints"));
        ReportSettings(origin.file, entity.name, entity.config);
        break;
      default:
        break;
    }
    if (HasSource(entity.kind)) ReportSource(origin.source_file, entity.source);
    std::string script = TextOf(entity.config, "run_as_user_id_script_source");
    if (!script.empty()) ReportSource(absl::StrCat(origin.file, ": run_as_user_id_script_source"), script);
  }

  void ReportWebhook(const AppEntity& entity) {
    const JsonValue* options = entity.config.Find("options");
    std::string method = options == nullptr ? "" : TextOf(*options, "validationMethod");
    const std::string type = tree_.ServiceType(entity.parent);
    Verdict verdict = VerdictOfValidation(type, method, ValidationMethodOf(method) != v1::VALIDATION_METHOD_UNSPECIFIED,
                                          secured_.contains({entity.parent, entity.name}));
    std::string what = method.empty() ? absl::StrCat("webhook of a service of type ", type)
                                      : absl::StrCat("request validation ", method);
    Add(what, entity.origin.file, "options", verdict);
    if (options != nullptr) ReportSettings(entity.origin.file, "options", *options);
    ReportFields("webhook", entity.origin.file, entity.origin.path, entity.config);
  }

  void ReportSettings(const std::string& file, const std::string& place, const JsonValue& object) {
    const JsonValue* settings = object.Find("overlock");
    if (settings == nullptr) return;
    for (const JsonMember& setting : settings->members) {
      if (!IsSet(setting.value)) continue;
      const std::string path = absl::StrCat("overlock.", setting.key);
      Add(path, file, absl::StrCat(place, ".", path), VerdictOfValidationSetting(setting.key));
    }
  }

  void ReportSource(const std::string& file, const std::string& source) {
    SourceReport report = ScanSource(source, names_);
    for (const Finding& finding : report.findings) {
      Add(finding.construct, file, absl::StrCat("line ", finding.line), finding.verdict);
    }
    if (report.left_out > 0) {
      Add(absl::StrCat(report.left_out, " more uses"), file, "", Runs("too many to be told one by one"));
    }
  }

  // What a file of a MongoDB service holds: `rules` where it is named for its collection.
  static std::string DataSourcePart(const std::string& path) {
    std::string stem = path.substr(path.rfind('/') + 1);
    stem = stem.substr(0, stem.find('.'));
    return stem == "schema" || stem == "relationships" || stem == "default_rule" ? stem : "rules";
  }

  // Layout F3's place for what the root file says in the others.
  void ReportAuthFile(const std::string& path, const std::string& content) {
    if (path != "auth/custom_user_data.json") return;
    const absl::StatusOr<JsonDocument> document = ParseJson(content);
    if (!document.ok() || !IsSet(document->root)) return;
    Add("custom_user_data", path, "", VerdictOfField("root.custom_user_data_config"));
  }

  // One row a directory; of MongoDB one a file.
  void ReportKept() {
    std::set<std::string> told;
    for (const auto& [path, content] : tree_.kept) {
      std::string directory = path.substr(0, path.find('/'));
      if (directory == "auth") ReportAuthFile(path, content);
      if (directory == "functions" || directory == "environments" || directory == "auth") continue;
      if (directory == "services" || directory == "data_sources") {
        const std::string part = DataSourcePart(path);
        Add(absl::StrCat(part, " of MongoDB"), path, "", VerdictOfDataSourcePart(part));
      } else if (told.insert(directory).second) {
        Add(directory, path, "", VerdictOfDirectory(directory));
      }
    }
  }

  // The packages at the top of the dependencies: `lodash`, `@scope/name`.
  void ReadPackages(const std::string& dependencies) {
    if (dependencies.empty()) return;
    absl::StatusOr<v1::DependencyFiles> files = UnpackDependencies(dependencies);
    if (!files.ok()) return;
    for (const auto& file : files->files()) {
      const std::string& path = file.path();
      size_t end = path.find('/');
      if (absl::StartsWith(path, "@") && end != std::string::npos) end = path.find('/', end + 1);
      names_.packages.insert(path.substr(0, end));
    }
  }

  const AppTree tree_;
  AppNames names_;
  // Services and webhooks that have something to validate requests with.
  std::set<std::pair<std::string, std::string>> secured_;
  Rows rows_;
  // Where what simply runs stands.
  std::map<std::string, int> running_;
};

}  // namespace

Rows MakeReport(const v1::Application& application) { return Reporter(application).Report(); }

}  // namespace overlock::config
