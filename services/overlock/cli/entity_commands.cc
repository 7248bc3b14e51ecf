// list, show, create, update and delete of whatever an application is made of.
#include "services/overlock/cli/entity_commands.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/text.h"

namespace overlock::cli {
namespace {

using config::AppAdmin;
using config::JsonValue;
namespace v1 = config::v1;

constexpr int kPageSize = 500;

struct ListOptions {
  std::string app_id;
  std::string service;
  bool from_draft = false;
};

struct ShowOptions {
  std::string app_id;
  std::string name;
  std::string part;
  bool from_draft = false;
};

absl::StatusOr<int> List(Run& run, const EntityKindInfo& info, const ListOptions& options) {
  v1::ListEntitiesRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_kind(info.kind);
  request.set_parent(options.service);
  request.set_from_draft(options.from_draft);
  request.set_page_size(kPageSize);
  v1::ListEntitiesResponse all;
  do {
    OVERLOCK_ASSIGN_OR_RETURN(v1::ListEntitiesResponse page, run.Ask(&AppAdmin::ListEntities, request));
    all.mutable_entities()->MergeFrom(page.entities());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (run.output().json()) {
    run.output().Json(all);
    return kExitDone;
  }
  std::vector<std::string> titles = {"NAME"};
  for (const auto& column : info.columns) titles.push_back(column.title);
  titles.push_back("ID");
  Table table(std::move(titles));
  for (const v1::Entity& entity : all.entities()) {
    OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", entity.config_json()));
    std::vector<std::string> cells = {FullName(entity)};
    for (const auto& column : info.columns) cells.push_back(column.text(config));
    cells.push_back(entity.id());
    table.Add(std::move(cells));
  }
  run.output().Print(table);
  return kExitDone;
}

absl::StatusOr<int> Show(Run& run, const EntityKindInfo& info, const ShowOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(info, options.name));
  OVERLOCK_ASSIGN_OR_RETURN(std::string app_id, run.FindApp(options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::Entity entity, GetEntity(run, app_id, name, options.from_draft));
  const Output& output = run.output();
  if (output.json()) {
    v1::GetEntityResponse response;
    *response.mutable_entity() = std::move(entity);
    output.Json(response);
    return kExitDone;
  }
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", entity.config_json()));
  const std::string text = config::ToPrettyText(config);
  // For a file: every byte counts.
  if (options.part == "config") output.Raw(text);
  if (options.part == "source") output.Raw(entity.source());
  if (!options.part.empty()) return kExitDone;
  Table table;
  table.Add({info.singular, FullName(entity)});
  table.Add({"application", app_id});
  table.Add({"id", entity.id()});
  table.Add({"etag", entity.etag()});
  output.Print(table);
  output.Raw(absl::StrCat("\n", Printable(text, true)));
  if (info.has_source) output.Raw(absl::StrCat("\n", Printable(entity.source(), true), "\n"));
  return kExitDone;
}

// The endpoint's name is its method and route.
void SetName(const EntityKindInfo& info, const v1::EntityName& name, JsonValue& config) {
  if (info.kind != v1::ENTITY_KIND_ENDPOINT) {
    config::SetFirstMember(config, "name", config::MakeString(name.name()));
    return;
  }
  const size_t space = name.name().find(' ');
  if (space == std::string::npos) {
    config::SetMember(config, "route", config::MakeString(name.name()));
    return;
  }
  config::SetMember(config, "route", config::MakeString(name.name().substr(space + 1)));
  config::SetMember(config, "http_method", config::MakeString(name.name().substr(0, space)));
}

absl::StatusOr<int> Create(Run& run, const EntityKindInfo& info, const EntityOptions& options) {
  v1::CreateEntityRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(info, options.name));
  JsonValue config = config::MakeObject();
  OVERLOCK_RETURN_IF_ERROR(ApplyOptions(info, options, config));
  SetName(info, name, config);
  v1::Entity& entity = *request.mutable_entity();
  entity.set_kind(info.kind);
  entity.set_parent(name.parent());
  entity.set_config_json(config::ToText(config));
  if (!options.source_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(*entity.mutable_source(), ReadFile(options.source_file));
  } else if (info.has_source) {
    return UsageError("--source: is required: the file with its JavaScript, or - for standard input");
  }
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  *request.mutable_options() = options.write;
  OVERLOCK_ASSIGN_OR_RETURN(v1::CreateEntityResponse response, run.Ask(&AppAdmin::CreateEntity, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(
      absl::StrCat(info.singular, " ", Printable(options.name), ": ", Describe(options.write, response.written())));
  return kExitDone;
}

absl::StatusOr<int> Delete(Run& run, const EntityKindInfo& info, const EntityOptions& options) {
  v1::DeleteEntityRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_name(), ParseEntityName(info, options.name));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  request.set_etag(options.etag);
  *request.mutable_options() = options.write;
  if (!options.write.validate_only()) {
    OVERLOCK_RETURN_IF_ERROR(run.Confirm(
        absl::StrCat("Delete the ", info.singular, " ", Printable(options.name), " of ", Printable(request.app_id()),
                     info.kind == v1::ENTITY_KIND_SERVICE ? " with its webhooks and rules?" : "?")));
  }
  OVERLOCK_ASSIGN_OR_RETURN(v1::DeleteEntityResponse response, run.Ask(&AppAdmin::DeleteEntity, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(
      absl::StrCat(info.singular, " ", Printable(options.name), ": ", Describe(options.write, response.written())));
  return kExitDone;
}

void AddNameOption(CLI::App& command, const EntityKindInfo& info, std::string& name) {
  command.add_option("NAME", name, absl::StrCat("The ", info.singular, ": ", info.name_form, "."))->required();
}

void AddList(CommandLine& line, CLI::App& group, const EntityKindInfo& info) {
  auto options = std::make_shared<ListOptions>();
  CLI::App& list = line.AddCommand(
      group, "list", absl::StrCat("List the ", info.plural, "."),
      {absl::StrCat("overlock ", info.plural, " list"), absl::StrCat("overlock ", info.plural, " list --json")},
      [&info, options](Run& run) { return List(run, info, *options); });
  if (info.has_parent) list.add_option("--service", options->service, "Only those of this service.");
  list.add_flag("--draft", options->from_draft, "Those of the draft.");
  AddAppOption(list, options->app_id);
}

void AddShow(CommandLine& line, CLI::App& group, const EntityKindInfo& info) {
  auto options = std::make_shared<ShowOptions>();
  const std::string command = absl::StrCat("overlock ", info.plural, " show ", info.name_form);
  CLI::App& show =
      line.AddCommand(group, "show", absl::StrCat("Show a ", info.singular, ": its configuration, and its source."),
                      {command, command + " --part config > config.json"},
                      [&info, options](Run& run) { return Show(run, info, *options); });
  AddNameOption(show, info, options->name);
  std::vector<std::string> parts = {"config"};
  if (info.has_source) parts.push_back("source");
  show.add_option("--part", options->part, "This alone, as it is, for a file.")->check(CLI::IsMember(parts));
  show.add_flag("--draft", options->from_draft, "Of the draft.");
  AddAppOption(show, options->app_id);
}

void AddCreate(CommandLine& line, CLI::App& group, const EntityKindInfo& info) {
  auto options = std::make_shared<EntityOptions>();
  CLI::App& create = line.AddCommand(group, "create", absl::StrCat("Make a ", info.singular, "."), {info.example},
                                     [&info, options](Run& run) { return Create(run, info, *options); });
  AddNameOption(create, info, options->name);
  AddEntityOptions(create, info, *options);
}

void AddDelete(CommandLine& line, CLI::App& group, const EntityKindInfo& info) {
  auto options = std::make_shared<EntityOptions>();
  CLI::App& remove = line.AddCommand(group, "delete", absl::StrCat("Delete a ", info.singular, "."),
                                     {absl::StrCat("overlock ", info.plural, " delete ", info.name_form)},
                                     [&info, options](Run& run) { return Delete(run, info, *options); });
  AddNameOption(remove, info, options->name);
  remove.add_option("--etag", options->etag, "Only if it is still the one that `show` showed.");
  AddAppOption(remove, options->app_id);
  AddWriteOptions(remove, options->write);
}

void AddUpdate(CommandLine& line, CLI::App& group, const EntityKindInfo& info) {
  auto options = std::make_shared<EntityOptions>();
  const std::string command = absl::StrCat("overlock ", info.plural, " update ", info.name_form);
  std::vector<std::string> examples = {command + " --config config.json", command + " --set name=other"};
  if (info.has_source) examples.push_back(command + " --source source.js");
  auto work = [&info, options](Run& run) {
    return UpdateEntity(run, info, *options, [](JsonValue&) { return absl::OkStatus(); });
  };
  CLI::App& update = line.AddCommand(
      group, "update", absl::StrCat("Change a ", info.singular, "; a new name renames it."), examples, std::move(work));
  AddNameOption(update, info, options->name);
  AddEntityOptions(update, info, *options);
  update.add_option("--etag", options->etag, "Only if it is still the one that `show` showed.");
}

}  // namespace

absl::StatusOr<v1::Entity> GetEntity(Run& run, const std::string& app_id, const v1::EntityName& name, bool from_draft) {
  v1::GetEntityRequest request;
  request.set_app_id(app_id);
  *request.mutable_name() = name;
  request.set_from_draft(from_draft);
  OVERLOCK_ASSIGN_OR_RETURN(v1::GetEntityResponse response, run.Ask(&AppAdmin::GetEntity, std::move(request)));
  return std::move(*response.mutable_entity());
}

absl::Status ApplyOptions(const EntityKindInfo& info, const EntityOptions& options, JsonValue& config) {
  if (!options.config_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string text, ReadFile(options.config_file));
    OVERLOCK_ASSIGN_OR_RETURN(config, ParseObject(options.config_file, text));
  }
  for (const auto& field : info.fields) {
    auto given = options.fields.find(field.path);
    if (given == options.fields.end()) continue;
    JsonValue value = field.is_text ? config::MakeString(given->second) : ValueOf(given->second);
    OVERLOCK_RETURN_IF_ERROR(SetField(config, field.path, std::move(value)));
  }
  for (const std::string& setting : options.settings) OVERLOCK_RETURN_IF_ERROR(ApplySetting(config, setting));
  return absl::OkStatus();
}

absl::StatusOr<int> UpdateEntity(Run& run, const EntityKindInfo& info, const EntityOptions& options,
                                 const std::function<absl::Status(JsonValue&)>& change) {
  v1::UpdateEntityRequest request;
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_name(), ParseEntityName(info, options.name));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app_id(), run.FindApp(options.app_id));
  OVERLOCK_ASSIGN_OR_RETURN(v1::Entity before,
                            GetEntity(run, request.app_id(), request.name(), options.write.to_draft()));
  OVERLOCK_ASSIGN_OR_RETURN(JsonValue config, ParseObject("config_json", before.config_json()));
  const std::string unchanged = config::ToText(config);
  OVERLOCK_RETURN_IF_ERROR(ApplyOptions(info, options, config));
  OVERLOCK_RETURN_IF_ERROR(change(config));
  const std::string changed = config::ToText(config);
  if (changed != unchanged) request.set_config_json(changed);
  if (!options.source_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_source(), ReadFile(options.source_file));
  }
  request.set_etag(options.etag.empty() ? before.etag() : options.etag);
  *request.mutable_options() = options.write;
  OVERLOCK_ASSIGN_OR_RETURN(v1::UpdateEntityResponse response, run.Ask(&AppAdmin::UpdateEntity, std::move(request)));
  run.output().Problems(response.written().problems());
  if (run.output().json()) run.output().Json(response);
  run.output().Line(
      absl::StrCat(info.singular, " ", Printable(options.name), ": ", Describe(options.write, response.written())));
  return kExitDone;
}

void AddEntityOptions(CLI::App& command, const EntityKindInfo& info, EntityOptions& options) {
  for (const auto& field : info.fields) {
    command.add_option_function<std::string>(
        field.option, [&options, path = field.path](const std::string& value) { options.fields[path] = value; },
        field.description);
  }
  command.add_option("--config", options.config_file,
                     "A file with the whole configuration, as an export has it; - is standard input.");
  command
      .add_option(
          "--set", options.settings,
          "FIELD=VALUE: this field of it, JSON or text; without a value take it out. Several times for several.")
      ->allow_extra_args(false);
  if (info.has_source) {
    command.add_option("--source", options.source_file, "The file with its JavaScript; - is standard input.");
  }
  AddAppOption(command, options.app_id);
  AddWriteOptions(command, options.write);
}

void AddEntityCommands(CommandLine& line) {
  for (const EntityKindInfo& info : EntityKinds()) {
    CLI::App& group = line.AddGroup(line.root(), info.plural, info.description);
    group.group(kPartsGroup)->alias(info.singular);
    AddList(line, group, info);
    AddShow(line, group, info);
    if (info.kind == v1::ENTITY_KIND_WEBHOOK) {
      AddWebhookWrites(line, group);
    } else {
      AddCreate(line, group, info);
      AddUpdate(line, group, info);
    }
    AddDelete(line, group, info);
    if (info.kind == v1::ENTITY_KIND_WEBHOOK) AddWebhookTests(line, group);
    if (info.kind == v1::ENTITY_KIND_WEBHOOK) AddWebhookExplain(line, group);
    if (info.kind == v1::ENTITY_KIND_ENDPOINT) AddEndpointExplain(line, group);
    if (info.kind == v1::ENTITY_KIND_WEBHOOK) AddWebhookRun(line, group);
    if (info.kind == v1::ENTITY_KIND_FUNCTION) AddFunctionRun(line, group);
  }
}

}  // namespace overlock::cli
