// What an application is made of, as the command line names it.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_ENTITY_KIND_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_ENTITY_KIND_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "overlock/config/v1/admin_service.pb.h"
#include "services/config/json_document.h"

namespace overlock::cli {

struct EntityKindInfo {
  config::v1::EntityKind kind;
  // `webhooks`, and `webhook` for short.
  std::string plural;
  std::string singular;
  std::string description;
  // How it is named: `SERVICE/WEBHOOK`.
  std::string name_form;
  bool has_parent = false;
  bool has_source = false;
  // What its list shows besides the name: title, and what an entity's configuration has for it.
  struct Column {
    std::string title;
    std::function<std::string(const config::JsonValue& config)> text;
  };
  std::vector<Column> columns;
  // Options of `create` that stand for a field.
  struct Field {
    std::string option;
    std::string path;
    std::string description;
    // The value is text, whatever it looks like.
    bool is_text = false;
  };
  std::vector<Field> fields;
  // A line that makes one.
  std::string example;
};

const std::vector<EntityKindInfo>& EntityKinds();
const EntityKindInfo& InfoOf(config::v1::EntityKind kind);

// `s/w` parted, if the kind has parents. INVALID_ARGUMENT (`BAD_USAGE`).
absl::StatusOr<config::v1::EntityName> ParseEntityName(const EntityKindInfo& info, const std::string& name);
// The other way round.
std::string FullName(const config::v1::Entity& entity);

// How a webhook or function finds its user: `system`, `application`, `user-id`, `script`.
std::string AuthenticationOf(const config::JsonValue& config);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_ENTITY_KIND_H_
