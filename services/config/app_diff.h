// What changes between two versions of an application.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_DIFF_H_
#define OVERLOCK_SERVICES_CONFIG_APP_DIFF_H_

#include <string>
#include <vector>

#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// The differences of each file of their exports in unified form, by path; `before` is null for a new application.
// Secrets of webhooks are not shown, only that they change.
std::vector<std::string> DiffApplications(const v1::Application* before, const v1::Application& after);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_DIFF_H_
