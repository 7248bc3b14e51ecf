// The layouts F1 and F2 (spec section 1.1). Internal to app_layout.
#ifndef OVERLOCK_SERVICES_CONFIG_LAYOUT_STITCH_LAYOUT_H_
#define OVERLOCK_SERVICES_CONFIG_LAYOUT_STITCH_LAYOUT_H_

#include "services/config/layout/app_layout.h"
#include "services/config/layout/file_reader.h"

namespace overlock::config {

// Everything but the root file.
void ReadStitchLayout(const LayoutReading& reading);
EntityOrigin StitchOriginOf(const AppEntity& entity);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LAYOUT_STITCH_LAYOUT_H_
