// The layout F3 (spec section 1.2). Internal to app_layout.
#ifndef OVERLOCK_SERVICES_CONFIG_LAYOUT_REALM_LAYOUT_H_
#define OVERLOCK_SERVICES_CONFIG_LAYOUT_REALM_LAYOUT_H_

#include "services/config/layout/app_layout.h"
#include "services/config/layout/file_reader.h"

namespace overlock::config {

// Everything but the root file.
void ReadRealmLayout(const LayoutReading& reading);
EntityOrigin RealmOriginOf(const AppTree& tree, const AppEntity& entity);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LAYOUT_REALM_LAYOUT_H_
