// What an expression of a function's source stands for, as far as a chain of members tells. Internal to source_scan.
#ifndef OVERLOCK_SERVICES_CONFIG_REPORT_PLATFORM_THING_H_
#define OVERLOCK_SERVICES_CONFIG_REPORT_PLATFORM_THING_H_

#include <optional>
#include <string>
#include <string_view>

#include "services/config/report/runtime_verdicts.h"
#include "services/config/report/source_scan.h"
#include "services/config/report/verdict.h"

namespace overlock::config {

struct Thing {
  enum class Kind {
    // Nothing of which there is something to tell.
    kNothing,
    // `object` says which.
    kObject,
    kServices,
    kFunctions,
    kValues,
    // `type` is its type, empty if it is not known which service it is.
    kService,
    // `name` is the API.
    kAwsApi,
    // `name` is the module of Node.
    kModule,
    // The function `require`.
    kRequire,
    // `globalThis`
    kGlobalThis,
    // A constant; `name` is its text.
    kText,
  };

  Kind kind = Kind::kNothing;
  RuntimeObject object = RuntimeObject::kContext;
  std::string name;
  std::string type;
  // How findings call it: `context.services.get('web')`.
  std::string path;
};

// A call, as far as it matters.
struct CallShape {
  // The first argument, if it is a literal or a constant.
  std::optional<std::string> text;
};

// What a use of something means.
struct Use {
  Thing result;
  // Empty if there is nothing to tell.
  std::string construct = {};
  Verdict verdict = {};
  // It is told only where the chain ends here.
  bool only_when_last = false;
  // It is told because there is no member of that name; `thing` may be something else after all.
  bool is_unknown_member = false;
};

// What a global name stands for by itself.
Thing GlobalThing(std::string_view name);
// `thing.name`, and the call of it if `call` is not null.
Use UseMember(const Thing& thing, std::string_view name, const CallShape* call, const AppNames& app);
// `thing(...)`
Use UseCall(const Thing& thing, const CallShape& call, const AppNames& app);

// For findings: printable ASCII, not too long, in single quotes.
std::string Quoted(std::string_view text);
// The same without quotes.
std::string Printable(std::string_view text);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REPORT_PLATFORM_THING_H_
