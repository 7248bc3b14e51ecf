// From files to what an application is made of, and back, in every layout (spec section 1).
#ifndef OVERLOCK_SERVICES_CONFIG_LAYOUT_APP_LAYOUT_H_
#define OVERLOCK_SERVICES_CONFIG_LAYOUT_APP_LAYOUT_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "services/config/app_files.h"
#include "services/config/import_problems.h"
#include "services/config/layout/app_tree.h"

namespace overlock::config {

// What an export leaves out (spec section 13.1).
enum class ExportForm {
  // Everything.
  kPlain,
  // Ids and `app_id`: another application can be made of it.
  kTemplate,
  // Ids and `app_id`: what changes from one server to another does not stand in a repository.
  kSourceControl,
};

// `stitch.json`, `config.json` or `realm_config.json`.
std::string RootFile(v1::Layout layout);
// The `config_version` of a root file that has none.
int64_t ConfigVersion(v1::Layout layout);

// Reads the files of any layout. What is wrong is told to `problems`; what could be read is there all the same. The
// layout is unspecified if there is no root file of a layout that we know. Entities have no ids yet.
AppTree ReadAppTree(const AppFiles& files, ImportProblems& problems);

// The files of an export, by path: JSON indented by four spaces, each file ending in a line break, entities in the
// order of their names. Reading them gives the tree again.
std::map<std::string, std::string> WriteAppTree(const AppTree& tree, ExportForm form = ExportForm::kPlain);

// Where WriteAppTree() puts the entity.
EntityOrigin OriginOf(const AppTree& tree, const AppEntity& entity);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LAYOUT_APP_LAYOUT_H_
