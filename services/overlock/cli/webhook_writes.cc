// `webhooks create`, which walks through Stitch's procedure, and `webhooks update`.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/config/json_text.h"
#include "services/config/validation_methods.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/entity_commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/questions.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/webhook_questions.h"
#include "services/overlock/cli/webhook_url.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
using config::JsonValue;
namespace v1 = config::v1;

constexpr int kPageSize = 500;
constexpr char kFirstFunction[] = R"(// The request is in `payload`: payload.query, payload.headers, payload.body.
exports = function(payload, response) {
  return {query: payload.query, body: payload.body ? payload.body.text() : null};
};
)";

struct CreateOptions {
  EntityOptions entity;
  NewWebhook webhook;
  std::string edge_url = kEdgeUrlPreset;
};

struct UpdateOptions {
  EntityOptions entity;
  WebhookSettings settings;
};

const EntityKindInfo& Webhooks() { return InfoOf(v1::ENTITY_KIND_WEBHOOK); }

absl::StatusOr<WebhookPlaces> FindPlaces(Run& run, const std::string& app_id, bool from_draft) {
  WebhookPlaces places;
  for (v1::EntityKind kind : {v1::ENTITY_KIND_SERVICE, v1::ENTITY_KIND_WEBHOOK}) {
    v1::ListEntitiesRequest request;
    request.set_app_id(app_id);
    request.set_kind(kind);
    request.set_from_draft(from_draft);
    request.set_page_size(kPageSize);
    do {
      OVERLOCK_ASSIGN_OR_RETURN(v1::ListEntitiesResponse page, run.Ask(&AppAdmin::ListEntities, request));
      for (const v1::Entity& entity : page.entities()) {
        if (kind == v1::ENTITY_KIND_WEBHOOK) places.taken.insert(FullName(entity));
        if (kind == v1::ENTITY_KIND_WEBHOOK) continue;
        OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", entity.config_json()));
        std::string type = StringAt(config, "type");
        if (type == "http" || type == "github" || type == "twilio") places.services[entity.name()] = type;
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
  }
  return places;
}

// `s/w`, or `--service s --name w`, or what questions will bring.
absl::Status ReadName(CreateOptions& options) {
  if (!options.entity.name.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(Webhooks(), options.entity.name));
    options.webhook.service = name.parent();
    options.webhook.name = name.name();
  }
  if (options.webhook.function_file.empty()) options.webhook.function_file = options.entity.source_file;
  return absl::OkStatus();
}

absl::Status CheckNothingMissing(const NewWebhook& webhook) {
  std::vector<std::string> missing;
  if (webhook.service.empty()) missing.push_back("--service");
  if (webhook.name.empty()) missing.push_back("--name");
  if (webhook.function_file.empty()) missing.push_back("--function");
  for (std::string& option : MissingOptions(webhook.settings)) missing.push_back(std::move(option));
  if (missing.empty()) return absl::OkStatus();
  return UsageError(absl::StrCat(absl::StrJoin(missing, ", "), missing.size() == 1 ? ": is" : ": are",
                                 " missing, and nobody can be asked"));
}

absl::StatusOr<v1::CreateEntityRequest> MakeRequest(const std::string& app_id, const CreateOptions& options) {
  const NewWebhook& webhook = options.webhook;
  JsonValue config = config::MakeObject();
  config::SetMember(config, "name", config::MakeString(webhook.name));
  // Files and --set have the last word on what questions did not ask.
  if (options.entity.config_file.empty()) {
    OVERLOCK_RETURN_IF_ERROR(Apply(webhook.settings, config));
    OVERLOCK_RETURN_IF_ERROR(ApplyOptions(Webhooks(), options.entity, config));
  } else {
    OVERLOCK_RETURN_IF_ERROR(ApplyOptions(Webhooks(), options.entity, config));
    OVERLOCK_RETURN_IF_ERROR(Apply(webhook.settings, config));
  }
  config::SetFirstMember(config, "name", config::MakeString(webhook.name));
  v1::CreateEntityRequest request;
  request.set_app_id(app_id);
  *request.mutable_options() = options.entity.write;
  v1::Entity& entity = *request.mutable_entity();
  entity.set_kind(v1::ENTITY_KIND_WEBHOOK);
  entity.set_parent(webhook.service);
  entity.set_config_json(config::ToText(config));
  if (webhook.function_file.empty()) {
    entity.set_source(kFirstFunction);
  } else {
    OVERLOCK_ASSIGN_OR_RETURN(*entity.mutable_source(), ReadFile(webhook.function_file));
  }
  return request;
}

// By a sender of its own kind.
bool IsSigned(std::string_view validation) {
  const v1::ValidationMethod method = config::ValidationMethodOf(validation);
  return method != v1::VALIDATION_METHOD_UNSPECIFIED && !config::IsStitchMethod(method);
}

// The URL and a request to try it with, as Stitch's page had them.
absl::Status PrintUrl(Run& run, const std::string& app_id, const CreateOptions& options) {
  const WebhookSettings& settings = options.webhook.settings;
  OVERLOCK_ASSIGN_OR_RETURN(std::string url,
                            WebhookUrl(options.edge_url, app_id, options.webhook.service, options.webhook.name));
  run.output().Line(absl::StrCat("  ", url));
  if (settings.validation == "SECRET_AS_QUERY_PARAM") url += "?secret=SECRET";
  const std::string method = settings.method.empty() || settings.method == "ANY" ? "POST" : settings.method;
  std::string command = "  curl";
  if (method == "HEAD") command += " -I";
  if (method != "GET" && method != "POST" && method != "HEAD") absl::StrAppend(&command, " -X ", method);
  if (method != "GET" && method != "HEAD") command += R"( -H "Content-Type: application/json" -d '{"foo":"bar"}')";
  run.output().Line(absl::StrCat(command, " '", url, "'"));
  if (settings.validation == "VERIFY_PAYLOAD") {
    run.output().Line(absl::StrCat("  requests must be signed: overlock webhooks test ", options.webhook.service, "/",
                                   options.webhook.name, " --secret_file FILE --body '{\"foo\":\"bar\"}'"));
  } else if (IsSigned(settings.validation)) {
    run.output().Line(absl::StrCat("  requests must be signed: ", settings.validation, ", docs/validation.md"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Create(Run& run, CreateOptions options) {
  NewWebhook& webhook = options.webhook;
  OVERLOCK_RETURN_IF_ERROR(ReadName(options));
  OVERLOCK_RETURN_IF_ERROR(ReadFiles(webhook.settings));
  const bool whole = !options.entity.config_file.empty();
  const bool asks = Questions::CanAsk() && !run.globals().yes && !whole;
  if (!asks) OVERLOCK_RETURN_IF_ERROR(CheckNothingMissing(webhook));
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, run.FindApp(options.entity.app_id));
  if (!whole) {
    OVERLOCK_ASSIGN_OR_RETURN(WebhookPlaces places, FindPlaces(run, app_id, options.entity.write.to_draft()));
    if (asks && places.services.empty()) {
      return UsageError(
          "the application has no service that can have webhooks; `overlock services create NAME --type http` makes "
          "one");
    }
    if (asks) OVERLOCK_RETURN_IF_ERROR(AskForWebhook(places, webhook));
    auto service = places.services.find(webhook.service);
    SetDefaults(service == places.services.end() ? "http" : service->second, webhook.settings);
  }
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateEntityRequest request, MakeRequest(app_id, options));
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateEntityResponse response, run.Ask(&AppAdmin::CreateEntity, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  const v1::WriteOptions& write = options.entity.write;
  run.output().Line(absl::StrCat("webhook ", Printable(webhook.service), "/", Printable(webhook.name), ": ",
                                 Describe(write, response.written())));
  if (!write.validate_only() && !write.to_draft()) OVERLOCK_RETURN_IF_ERROR(PrintUrl(run, app_id, options));
  return kExitDone;
}

absl::StatusOr<int> Update(Run& run, UpdateOptions options) {
  OVERLOCK_RETURN_IF_ERROR(ReadFiles(options.settings));
  return UpdateEntity(run, Webhooks(), options.entity,
                      [&](JsonValue& config) { return Apply(options.settings, config); });
}

}  // namespace

void AddWebhookWrites(CommandLine& line, CLI::App& webhooks) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App& create = line.AddCommand(
      webhooks, "create",
      "Make a webhook, as Stitch's page did: on a terminal what is not given is asked for; elsewhere what is "
      "preselected holds.",
      {"overlock webhooks create", "overlock webhooks create hooks/order --function order.js",
       "overlock webhooks create --service hooks --name order --function order.js --method POST \\",
       "    --validation VERIFY_PAYLOAD --secret_file secret.txt --can_evaluate '{\"%%request.remoteIPAddress\": "
       "\"10.0.0.1\"}'"},
      [options](Run& run) { return Create(run, *options); });
  create.add_option("NAME", options->entity.name, "SERVICE/WEBHOOK, in the place of --service and --name.");
  create.add_option("--service", options->webhook.service, "The service that it belongs to.");
  create.add_option("--name", options->webhook.name, "Its name, which stands in its URL.");
  create.add_option("--function", options->webhook.function_file, "The file with its JavaScript; - is standard input.");
  AddWebhookOptions(create, options->webhook.settings);
  AddEntityOptions(create, Webhooks(), options->entity);
  AddEdgeOption(create, options->edge_url);

  auto update_options = std::make_shared<UpdateOptions>();
  CLI::App& update =
      line.AddCommand(webhooks, "update", "Change a webhook; a new name renames it, and its URL with it.",
                      {"overlock webhooks update hooks/order --source order.js",
                       "overlock webhooks update hooks/order --method ANY --authentication application",
                       "overlock webhooks update hooks/order --set name=orders"},
                      [update_options](Run& run) { return Update(run, *update_options); });
  update.add_option("NAME", update_options->entity.name, "The webhook: SERVICE/WEBHOOK.")->required();
  AddWebhookOptions(update, update_options->settings);
  AddEntityOptions(update, Webhooks(), update_options->entity);
  update.add_option("--function", update_options->entity.source_file, "The same as --source.");
  update.add_option("--etag", update_options->entity.etag, "Only if it is still the one that `show` showed.");
}

}  // namespace overlock::cli
