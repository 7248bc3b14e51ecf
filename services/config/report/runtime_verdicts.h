// What of the JavaScript that functions see runs here (spec sections 9, 11 and 12; docs/compatibility.md). Tables that
// the tests compare with services/executor/runtime.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_RUNTIME_VERDICTS_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_RUNTIME_VERDICTS_H_

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "services/config/report/verdict.h"
#include "services/config/report/verdict_table.h"

namespace overlock::config {

// An object of the runtime, whose members the tables know.
enum class RuntimeObject {
  kContext,
  // Members of `context`.
  kHttp,
  kUser,
  kRequest,
  kApp,
  kEnvironment,
  // What `db(name)` and `collection(name)` of a MongoDB service give.
  kDatabase,
  kCollection,
  kBson,
  kEjson,
  kUtils,
  kUtilsCrypto,
  kUtilsJwt,
  kProcess,
  // Global names that are no part of the language.
  kGlobal,
};

// The rows of an object's members; what has none is not there: reading it gives undefined.
std::span<const VerdictRow> MembersOf(RuntimeObject object);

// A module that `require(name)` finds without a package, or that Node has and functions have not. `name` is without
// `node:`. Nullopt for all others.
std::optional<Verdict> VerdictOfModule(std::string_view name);
std::span<const VerdictRow> Modules();
// Members of Node's modules of which there is something to tell: `fs` has none, since all of it is missing.
std::optional<Verdict> VerdictOfModuleMember(std::string_view module, std::string_view member);

// The actions of a service's type that are called as `service.action(argument)`; AWS is asked for its APIs instead.
Verdict VerdictOfAction(std::string_view service_type, std::string_view action);
// An API of AWS, as `service.<api>(region)`, in any of its spellings.
Verdict VerdictOfAwsApi(std::string_view api);
// One of its actions. That there is such an action is not checked.
Verdict VerdictOfAwsAction(std::string_view api, std::string_view action);
std::span<const std::string_view> AwsApis();
// Other spellings, and what they mean.
std::span<const std::pair<std::string_view, std::string_view>> AwsApiAliases();

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_RUNTIME_VERDICTS_H_
