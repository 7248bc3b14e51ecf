// Chooses the scheme of a webhook or an endpoint.
#ifndef OVERLOCK_SERVICES_VALIDATION_SCHEMES_MAKE_SCHEME_H_
#define OVERLOCK_SERVICES_VALIDATION_SCHEMES_MAKE_SCHEME_H_

#include <memory>
#include <string_view>
#include <vector>

#include "overlock/config/v1/view.pb.h"
#include "services/validation/schemes/scheme.h"

namespace overlock::validation {

// Never null: a method that is unknown, or does not fit its settings, gives a scheme that refuses everything. The
// secrets are the webhook's own, where it is not empty, then those of its settings.
std::unique_ptr<const Scheme> MakeScheme(const config::v1::ValidationView::Webhook& webhook);
std::unique_ptr<const Scheme> MakeScheme(const config::v1::ValidationView::Endpoint& endpoint);

// What Scheme::name() can be, each once: for metrics.
std::vector<std::string_view> SchemeNames();

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_SCHEMES_MAKE_SCHEME_H_
