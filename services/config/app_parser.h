// From the files of an exported application to the application.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_PARSER_H_
#define OVERLOCK_SERVICES_CONFIG_APP_PARSER_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "overlock/config/v1/application.pb.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/config/layout/app_tree.h"

namespace overlock::config {

// Which expression it is; decides which names mean something in it.
enum class ExpressionUse { kCanEvaluate, kServiceRule, kDocumentRule };

// Says what is wrong with an authorization expression (JSON text, spec section 10). The message starts with the path
// to the fault: `expression.%or[1].%near: unknown operator`.
using ExpressionChecker = std::function<absl::Status(std::string_view json, ExpressionUse use)>;

// Says what is wrong with how requests are validated, as `field: fault`, and nothing if validation can do it. The field
// is one of v1::ValidationSettings, or `secret`, which is empty where it is not known and never stands in the answer.
using ValidationChecker = std::function<std::optional<std::string>(
    v1::ValidationMethod method, const v1::ValidationSettings& settings, std::string_view secret)>;

// Those who know the parts of an application that other services read. Each may be null: then nobody is asked.
struct AppCheckers {
  ExpressionChecker expression;
  ValidationChecker validation;
};

struct ParsedApp {
  // Of no use if any problem is an error.
  v1::Application application;
  bool has_errors = false;
  // Errors first, then by file.
  google::protobuf::RepeatedPtrField<v1::ImportProblem> problems;
};

// Reads an import of any layout (spec section 1) over what there is, null for a new application, by the strategy of
// the request. Old habits of exports are accepted: `_id`, `when` as a string, `secretAsQueryParam`, empty files, names
// with spaces. Finds all problems, not the first. What the files leave out is filled in such that the same files always
// give the same application: ids, and an `app_id` made of the name. Secrets that there are stay.
//
// Errors: those of the request's limits; problems in the files are none.
absl::StatusOr<ParsedApp> ParseApp(const v1::ImportAppRequest& request, const AppCheckers& checkers,
                                   const v1::Application* current = nullptr);

// The id of the application that the files are one of: `app_id` of the root file, or what is made of its name; empty if
// there is neither. Errors: those of the request's limits.
absl::StatusOr<std::string> FindAppId(const v1::ImportAppRequest& request);

// As Stitch's ids look: the name and five letters, which are always the same for a name.
std::string DeriveAppId(std::string_view name);

// What follows from the tree of an application that was edited; its ids are resolved. Secrets and dependencies are
// those of `current`.
ParsedApp ParseEditedApp(AppTree tree, const AppCheckers& checkers, const v1::Application& current);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_PARSER_H_
