// Paths and queries: whatever a sender puts into a request target.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/edge/query.h"
#include "services/edge/router.h"

namespace {

using overlock::edge::RouteMatch;
using overlock::edge::Router;

const Router& TestRouter() {
  static const Router* router = [] {
    overlock::config::v1::WatchResponse batch;
    batch.set_revision(1);
    batch.set_snapshot(true);
    auto* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(1);
    auto* webhook = view->mutable_edge()->add_webhooks();
    webhook->mutable_name()->set_service("service a");
    webhook->mutable_name()->set_webhook("hook");
    auto add = [&view](const char* route, const char* method, overlock::config::v1::HttpMethod http_method) {
      auto* endpoint = view->mutable_edge()->add_endpoints();
      endpoint->mutable_name()->set_route(route);
      endpoint->mutable_name()->set_method(method);
      endpoint->set_http_method(http_method);
      return endpoint;
    };
    add("/", "GET", overlock::config::v1::HTTP_METHOD_GET);
    add("/a b/c", "GET", overlock::config::v1::HTTP_METHOD_GET);
    add("/a b/c", "*", overlock::config::v1::HTTP_METHOD_ANY);
    add("/off", "POST", overlock::config::v1::HTTP_METHOD_POST)->set_disabled(true);
    auto* made = new Router();
    made->Apply(batch);
    return made;
  }();
  return *router;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view target(reinterpret_cast<const char*>(data), size);
  size_t question = target.find('?');
  for (const char* method : {"GET", "POST", "OPTIONS", "TRACE", ""}) {
    RouteMatch match = TestRouter().Find(target.substr(0, question), method);
    bool found = match.outcome == RouteMatch::Outcome::kFound;
    Check(found != match.methods.empty());
    Check(match.route == nullptr || (found && match.app != nullptr && !match.route->disabled));
    // An endpoint's path is found for other methods, too, but without an endpoint.
    if (match.route == nullptr || match.route->is_endpoint()) {
      Check((match.route != nullptr) == (found && match.methods.Has(method)));
    }
  }

  std::string_view query = question == std::string_view::npos ? target : target.substr(question + 1);
  std::string rest = overlock::edge::WithoutSecret(query);
  Check(!overlock::edge::HasSecret(rest));
  Check(overlock::edge::HasSecret(query) ? rest.size() < query.size() : rest == query);
  return 0;
}
