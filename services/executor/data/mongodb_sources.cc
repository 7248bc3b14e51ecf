#include "services/executor/data/mongodb_sources.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ejson/parse.h"
#include "services/executor/data/mongoc/uri.h"

namespace overlock::executor {
namespace {

constexpr std::array<std::string_view, 6> kReadPreferences = {
    "", "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"};

// Has no documents.
class NoSource : public DataSource {
 public:
  explicit NoSource(std::string message) : message_(std::move(message)) {}
  Task<DataOutcome> Run(DataCommand) override { return Fail(message_); }

 private:
  static Task<DataOutcome> Fail(std::string message) { co_return DataError{0, "", std::move(message)}; }

  const std::string message_;
};

// A string of the service's `config`; empty without.
std::string ConfigText(const config::v1::ExecutorView::Service& service, std::string_view name) {
  const auto config = ejson::Parse(service.config_json().empty() ? "{}" : service.config_json());
  if (!config.ok()) return "";
  const ejson::Value* value = config->Find(name);
  return value != nullptr && value->is(ejson::Value::Type::kString) ? value->as_string() : "";
}

}  // namespace

MongodbSources::MongodbSources(boost::asio::any_io_executor loop, MongodbOptions options,
                               std::unique_ptr<DataSources> otherwise)
    : options_(std::move(options)),
      otherwise_(std::move(otherwise)),
      clusters_(std::move(loop), options_.connections) {}

MongodbSources::~MongodbSources() = default;

DataSource* MongodbSources::Find(const ServiceCall& call) {
  Found& found = by_service_[{call.code->app_id(), call.service->name()}];
  const int64_t revision = call.code->revision().revision();
  if (found.source == nullptr || found.revision != revision) found = {revision, FindAnew(call)};
  return found.source;
}

DataSource* MongodbSources::FindAnew(const ServiceCall& call) {
  const std::string& name = call.service->name();
  const std::string cluster = ConfigText(*call.service, "clusterName");
  const std::string read_preference = ConfigText(*call.service, "readPreference");
  if (std::find(kReadPreferences.begin(), kReadPreferences.end(), read_preference) == kReadPreferences.end()) {
    return Refuse(absl::StrCat("service '", name, "': config.readPreference: '", read_preference,
                               "', allowed: primary, primaryPreferred, secondary, secondaryPreferred, nearest"));
  }
  const auto own = call.service->secrets().find("uri");
  const bool is_own = own != call.service->secrets().end();
  if (is_own && !options_.service_uris) {
    return Refuse(absl::StrCat("service '", name, "': secret_config.uri: this server does not let services bring a ",
                               "connection string (--executor_mongodb_service_uris)"));
  }
  const auto named = options_.uris.find(cluster);
  const std::string& uri = is_own ? own->second : named != options_.uris.end() ? named->second : options_.default_uri;
  if (uri.empty()) {
    if (otherwise_) return otherwise_->Find(call);
    return Refuse(absl::StrCat("service '", name,
                               "' has no MongoDB: set --executor_mongodb_uri_file, name the cluster '", cluster,
                               "' in --executor_mongodb_clusters_file, or give the service a secret_config.uri"));
  }
  const UriOwner owner = is_own ? UriOwner::kApplication : UriOwner::kOperator;
  std::unique_ptr<MongocSource>& source = sources_[{call.code->app_id(), uri, owner, read_preference}];
  if (!source) {
    source = std::make_unique<MongocSource>(clusters_, call.code->app_id(), uri, owner, read_preference);
  }
  return source.get();
}

DataSource* MongodbSources::Refuse(std::string message) {
  std::unique_ptr<DataSource>& refusal = refusals_[message];
  if (!refusal) refusal = std::make_unique<NoSource>(std::move(message));
  return refusal.get();
}

}  // namespace overlock::executor
