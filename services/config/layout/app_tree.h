// An application as what it is made of, whichever layout its files have.
#ifndef OVERLOCK_SERVICES_CONFIG_LAYOUT_APP_TREE_H_
#define OVERLOCK_SERVICES_CONFIG_LAYOUT_APP_TREE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "overlock/config/v1/app_document.pb.h"
#include "services/config/json_document.h"

namespace overlock::config {

// Where an entity was read, for what is said of it.
struct EntityOrigin {
  // The file with its configuration.
  std::string file;
  // Where in that file, e.g. `[3]`; empty where it is the whole file.
  std::string path;
  // The file with its JavaScript.
  std::string source_file;
  // The name of its folder or file; empty where the layout has no such name.
  std::string folder;
};

struct AppEntity {
  v1::EntityKind kind = v1::ENTITY_KIND_UNSPECIFIED;
  // The name of the service of a webhook or rule.
  std::string parent;
  // Of an endpoint method and route; empty if there is none, which is an error that the parser reports.
  std::string name;
  // 24 hexadecimal digits; empty until ids are resolved (import_strategy.h).
  std::string id;
  // An object; without members where the file was empty.
  JsonValue config;
  // JavaScript of functions and webhooks.
  std::string source;
  EntityOrigin origin;
};

struct AppTree {
  v1::Layout layout = v1::LAYOUT_UNSPECIFIED;
  // The root file: its path, and what it holds.
  std::string root_file;
  JsonValue root;
  std::vector<AppEntity> entities;
  // Files that nothing here runs, by path.
  std::map<std::string, std::string> kept;
  // Whether the files have a web site (`hosting/files`, among those that are kept). Only of what was just read.
  bool has_hosting = false;

  // Null if there is none.
  const AppEntity* Find(v1::EntityKind kind, std::string_view parent, std::string_view name) const;
  AppEntity* Find(v1::EntityKind kind, std::string_view parent, std::string_view name);
  // The `type` of a service; empty if there is none.
  std::string ServiceType(std::string_view service) const;
};

// `webhook`, `auth provider`; empty for no kind.
std::string_view KindWord(v1::EntityKind kind);
// Whether a file belongs to the web site.
bool IsHostingFile(std::string_view path);

// By kind, parent and name: the order in which entities are stored and exported.
void SortEntities(AppTree& tree);

// `http`, `github` or `twilio`: what can have webhooks.
bool CanHaveWebhooks(std::string_view service_type);
// A service that stands in data_sources/ of layout F3 and whose rules have another form (spec section 1.8).
bool IsDataSource(std::string_view service_type);
bool HasSource(v1::EntityKind kind);
// `GET /a/b`, for an endpoint with this configuration.
std::string EndpointName(const JsonValue& config);
// The `name` of a configuration, or, of an endpoint, its method and route. Empty if it has none.
std::string EntityName(v1::EntityKind kind, const JsonValue& config);

// To and from what is stored. The configuration of a stored document parses; a text that does not reads as nothing.
v1::AppDocument ToDocument(const AppTree& tree);
AppTree FromDocument(const v1::AppDocument& document);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LAYOUT_APP_TREE_H_
