#include "services/config/report/config_verdicts.h"

#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

constexpr auto kDiffers = Verdict::Kind::kDiffers;
constexpr auto kDoesNotRun = Verdict::Kind::kDoesNotRun;

constexpr std::string_view kOwnMongoDb =
    "an export holds no documents and no connection: a MongoDB of yours is named when Overlock is started, otherwise "
    "the "
    "documents are in the all-in-one server's own file";
constexpr std::string_view kNotOfWebhooks =
    "webhooks never took its credentials, and there is no client API here: users that a script or a fixed id names can "
    "have it as an identity";
constexpr std::string_view kUsersApart =
    "an export holds no users: make them with `overlock users create`, with --id where something names their id";
constexpr std::string_view kCustomData =
    "custom data are read anew for each request that asks for them, not when a user logs in; no function is called "
    "when "
    "a user is made";
constexpr std::string_view kNoOAuth =
    "webhooks never took its credentials, and there is no page to log in here; let users log in elsewhere and use "
    "custom-token";

constexpr VerdictRow kServiceTypes[] = {
    {"http"},
    {"github"},
    {"twilio"},
    {"aws"},
    {"aws-s3"},
    {"aws-ses"},
    {"gcm", kDiffers,
     "Google switched the legacy protocol off in 2024: --executor_gcm_url must name a server that speaks it; userIds "
     "are "
     "refused"},
    {"mongodb", kDiffers, kOwnMongoDb},
    {"mongodb-atlas", kDiffers, kOwnMongoDb},
    {"datalake", kDiffers, kOwnMongoDb},
};

constexpr VerdictRow kAuthProviders[] = {
    {"anon-user", kDoesNotRun, kNotOfWebhooks},
    {"local-userpass", kDiffers, kUsersApart},
    {"api-key", kDiffers, kUsersApart},
    {"custom-token"},
    {"custom-function", kDoesNotRun, kNotOfWebhooks},
    {"oauth2-google", kDoesNotRun, kNoOAuth},
    {"oauth2-facebook", kDoesNotRun, kNoOAuth},
    {"oauth2-apple", kDoesNotRun, kNoOAuth},
};

constexpr VerdictRow kDirectories[] = {
    {"services"},
    {"functions"},
    {"values"},
    {"environments"},
    {"auth_providers"},
    {"auth"},
    {"data_sources"},
    {"http_endpoints"},
    {"triggers", kDoesNotRun,
     "triggers do not fire here: call the function from a webhook, by cron or by the database's own change streams"},
    {"graphql", kDoesNotRun, "there is no GraphQL here: answer from a webhook or run a GraphQL server beside it"},
    {"hosting", kDoesNotRun, "no files are served here: put hosting/files on a web server"},
    {"sync", kDoesNotRun, "there is no Device Sync here: clients must read and write by webhooks"},
    {"log_forwarders", kDoesNotRun, "logs are not forwarded: they go to standard error as JSON, for any log collector"},
};

// Parts of services/<MongoDB service> and data_sources/<name>.
constexpr VerdictRow kDataSourceParts[] = {
    {"rules"},
    {"default_rule"},
    {"schema", kDiffers, "a schema with keywords that are not known here lets nobody but the system user write"},
    {"relationships", kDoesNotRun, "relationships serve GraphQL only, which does not run here"},
};

constexpr VerdictRow kFields[] = {
    {"root.security.allowed_request_origins"},
    {"root.allowed_request_origins"},
    {"root.location", kDiffers,
     "it runs where you run it; context.app.deployment tells the region that is written here"},
    {"root.deployment_model", kDiffers, "it runs where you run it; context.app.deployment tells what is written here"},
    {"root.provider_region", kDiffers, "it runs where you run it"},
    {"root.environment"},
    {"root.hosting", kDoesNotRun, "no files are served here: put hosting/files on a web server"},
    {"root.custom_user_data_config", kDiffers, kCustomData},
    {"root.sync", kDoesNotRun, "there is no Device Sync here"},
    {"root.realm_config", kDoesNotRun, "there is no Device Sync here"},
    {"webhook.can_evaluate"},
    {"webhook.respond_result"},
    {"webhook.disable_arg_logs"},
    {"webhook.run_as_user_id_script_source"},
    {"webhook.run_as_authed_user", kDiffers, kUsersApart},
    {"webhook.run_as_user_id", kDiffers, kUsersApart},
    {"webhook.fetch_custom_user_data", kDiffers, kCustomData},
    {"webhook.create_user_on_auth"},
    {"function.can_evaluate", kDiffers,
     "it is checked at the import and not asked when another function calls this one"},
    {"function.private"},
    {"function.disable_arg_logs"},
    {"function.run_as_system"},
    {"function.run_as_authed_user"},
    {"function.run_as_user_id", kDiffers,
     "it counts for HTTPS endpoints only: called by webhooks and functions, the function runs as its caller"},
    {"function.run_as_user_id_script_source", kDiffers,
     "it counts for HTTPS endpoints only: called by webhooks and functions, the function runs as its caller"},
};

// `overlock` of webhooks and endpoints.
constexpr VerdictRow kSettings[] = {
    {"secrets"},
    {"toleranceSeconds"},
    {"observeOnly", kDiffers, "requests that fail the validation are counted and let through"},
    {"allowedAddresses"},
    {"publicUrl"},
    {"deduplicateForSeconds"},
    {"deliveryIdHeader"},
    {"signature"},
};

Verdict Find(std::span<const VerdictRow> rows, std::string_view name, std::string_view what) {
  return FindVerdict(rows, name).value_or(DoesNotRun(absl::StrCat(what, " is not known here")));
}

}  // namespace

Verdict VerdictOfServiceType(std::string_view type) { return Find(kServiceTypes, type, "a service of this type"); }

Verdict VerdictOfAuthProvider(std::string_view type) { return Find(kAuthProviders, type, "a provider of this type"); }

Verdict VerdictOfDirectory(std::string_view directory) { return Find(kDirectories, directory, "what stands there"); }

Verdict VerdictOfDataSourcePart(std::string_view part) { return Find(kDataSourceParts, part, "this part"); }

Verdict VerdictOfField(std::string_view field) { return Find(kFields, field, "this field"); }

std::span<const VerdictRow> ConfigFields() { return kFields; }

Verdict VerdictOfValidation(std::string_view service_type, std::string_view validation_method, bool is_known,
                            bool has_secret) {
  if (service_type == "twilio") {
    return has_secret ? Runs()
                      : Differs("the service's auth_token is not set: requests are accepted without a signature");
  }
  if (service_type == "github") {
    return has_secret ? Runs() : Differs("it has no secret: requests are accepted without a signature");
  }
  if (validation_method.empty() || validation_method == "NO_VALIDATION") return Runs();
  if (!is_known) {
    return DoesNotRun("a validation method of this name is not known here");
  }
  return has_secret ? Runs()
                    : DoesNotRun("it has no secret to validate requests with, and is not imported: set options.secret");
}

Verdict VerdictOfValidationSetting(std::string_view setting) { return Find(kSettings, setting, "this setting"); }

std::span<const VerdictRow> ValidationSettings() { return kSettings; }

}  // namespace overlock::config
