// What an import does to an application that is there already (spec section 13.1).
#ifndef OVERLOCK_SERVICES_CONFIG_LAYOUT_IMPORT_STRATEGY_H_
#define OVERLOCK_SERVICES_CONFIG_LAYOUT_IMPORT_STRATEGY_H_

#include "overlock/config/v1/config_service.pb.h"
#include "services/config/import_problems.h"
#include "services/config/layout/app_tree.h"

namespace overlock::config {

// Joins what was read with what there is (null for a new application, for which every strategy is `replace`) and gives
// every entity its id. `ImportStrategy` says what each strategy does; entities of layout F3, which has no ids, are
// matched by name. An id that nobody gave is made of the entity's names: the same files always give the same ids.
AppTree ApplyStrategy(const AppTree* current, AppTree proposed, v1::ImportStrategy strategy, ImportProblems& problems);

// Whether it is an ObjectId: 24 hexadecimal digits.
bool IsObjectId(std::string_view id);

// An id for a new entity, made of its names, and not one that the tree has already.
std::string MakeEntityId(const AppTree& tree, const AppEntity& entity);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LAYOUT_IMPORT_STRATEGY_H_
