// What commands about parts of an application share.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_ENTITY_COMMANDS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_ENTITY_COMMANDS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/config/json_document.h"
#include "services/overlock/cli/command_line.h"
#include "services/overlock/cli/entity_kind.h"

namespace overlock::cli {

// Options of `create` and `update`.
struct EntityOptions {
  std::string app_id;
  std::string name;
  std::string config_file;
  std::string source_file;
  std::vector<std::string> settings;
  // By path (EntityKindInfo::Field).
  std::map<std::string, std::string> fields;
  std::string etag;
  config::v1::WriteOptions write;
};

// All of them but the name and the etag.
void AddEntityOptions(CLI::App& command, const EntityKindInfo& info, EntityOptions& options);

// --config takes the place of the configuration, the others change it.
absl::Status ApplyOptions(const EntityKindInfo& info, const EntityOptions& options, config::JsonValue& config);

absl::StatusOr<config::v1::Entity> GetEntity(Run& run, const std::string& app_id, const config::v1::EntityName& name,
                                             bool from_draft);

// Gets the entity, changes it as the options and then `change` say, and sends it back with the etag. Returns the exit
// code.
absl::StatusOr<int> UpdateEntity(Run& run, const EntityKindInfo& info, const EntityOptions& options,
                                 const std::function<absl::Status(config::JsonValue&)>& change);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_ENTITY_COMMANDS_H_
