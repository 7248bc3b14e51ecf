#include "services/config/report/config_verdicts.h"

#include "absl/strings/str_cat.h"

namespace overlock::config {
namespace {

constexpr auto kDiffers = Verdict::Kind::kDiffers;
constexpr auto kDoesNotRun = Verdict::Kind::kDoesNotRun;

constexpr std::string_view kNoMongoDb =
    "there is no access to MongoDB in this version yet: the service is there and its db() throws; keep it for a later "
    "version";
constexpr std::string_view kNoUsers =
    "there are no users in this version yet: nobody can log in with it; it is kept for a later version";
constexpr std::string_view kNoOAuth =
    "webhooks never took its credentials, and there is no page to log in here; let users log in elsewhere and use "
    "custom-token";

constexpr VerdictRow kServiceTypes[] = {
    {"http"},
    {"github"},
    {"twilio", kDiffers,
     "signatures of Twilio are not checked in this version: every request to its webhooks is accepted"},
    {"aws"},
    {"aws-s3"},
    {"aws-ses"},
    {"gcm", kDiffers,
     "Google switched the legacy protocol off in 2024: --executor_gcm_url must name a server that speaks it; userIds "
     "are "
     "refused"},
    {"mongodb", kDoesNotRun, kNoMongoDb},
    {"mongodb-atlas", kDoesNotRun, kNoMongoDb},
    {"datalake", kDoesNotRun, kNoMongoDb},
};

constexpr VerdictRow kAuthProviders[] = {
    {"anon-user", kDoesNotRun, kNoUsers},       {"local-userpass", kDoesNotRun, kNoUsers},
    {"api-key", kDoesNotRun, kNoUsers},         {"custom-token", kDoesNotRun, kNoUsers},
    {"custom-function", kDoesNotRun, kNoUsers}, {"oauth2-google", kDoesNotRun, kNoOAuth},
    {"oauth2-facebook", kDoesNotRun, kNoOAuth}, {"oauth2-apple", kDoesNotRun, kNoOAuth},
};

constexpr VerdictRow kDirectories[] = {
    {"services"},
    {"functions"},
    {"values"},
    {"environments"},
    {"auth_providers", kDoesNotRun, kNoUsers},
    {"auth", kDoesNotRun, kNoUsers},
    {"data_sources", kDoesNotRun,
     "there is no access to MongoDB in this version yet: rules, schemas and relationships have nothing to apply to"},
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
    {"rules", kDoesNotRun, "rules of MongoDB are not applied in this version: there is no access to MongoDB yet"},
    {"default_rule", kDoesNotRun,
     "rules of MongoDB are not applied in this version: there is no access to MongoDB yet"},
    {"schema", kDoesNotRun, "documents are not checked in this version: there is no access to MongoDB yet"},
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
    {"root.custom_user_data_config", kDoesNotRun,
     "there are no users and no MongoDB in this version yet: custom_data is {}"},
    {"root.sync", kDoesNotRun, "there is no Device Sync here"},
    {"root.realm_config", kDoesNotRun, "there is no Device Sync here"},
    {"webhook.can_evaluate"},
    {"webhook.respond_result"},
    {"webhook.disable_arg_logs"},
    {"webhook.run_as_user_id_script_source"},
    {"webhook.run_as_authed_user", kDoesNotRun,
     "there are no users in this version yet: every request is refused with InvalidSession; choose the system user or "
     "a script meanwhile"},
    {"webhook.run_as_user_id", kDoesNotRun,
     "there are no users in this version yet: every request is refused with UserNotFound; choose the system user "
     "meanwhile"},
    {"webhook.fetch_custom_user_data", kDoesNotRun,
     "there are no users in this version yet: context.user.custom_data is {}"},
    {"webhook.create_user_on_auth", kDoesNotRun, "there are no users in this version yet: none is created"},
    {"function.can_evaluate", kDiffers,
     "it is checked at the import and not asked when another function calls this one"},
    {"function.private"},
    {"function.disable_arg_logs"},
    {"function.run_as_system"},
    {"function.run_as_authed_user"},
    {"function.run_as_user_id", kDiffers,
     "it counts for HTTPS endpoints only, and there are no users in this version yet; otherwise the function runs as "
     "its "
     "caller"},
    {"function.run_as_user_id_script_source", kDiffers,
     "it counts for HTTPS endpoints only: called by webhooks and functions, the function runs as its caller"},
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

Verdict VerdictOfValidation(std::string_view service_type, std::string_view validation_method, bool has_secret) {
  if (service_type == "twilio") {
    return Differs("signatures of Twilio are not checked in this version: every request is accepted");
  }
  if (service_type == "github") {
    return has_secret ? Runs() : Differs("it has no secret: requests are accepted without a signature");
  }
  if (validation_method.empty() || validation_method == "NO_VALIDATION") return Runs();
  if (validation_method != "VERIFY_PAYLOAD" && validation_method != "SECRET_AS_QUERY_PARAM") {
    return DoesNotRun("a validation method of this name is not known here");
  }
  return has_secret ? Runs()
                    : DoesNotRun("it has no secret to validate requests with, and is not imported: set options.secret");
}

}  // namespace overlock::config
