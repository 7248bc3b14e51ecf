#include "services/config/report/platform_thing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/config/report/verdict_table.h"

namespace overlock::config {
namespace {

constexpr size_t kShownBytesMax = 64;
constexpr std::string_view kCannotTell = "cannot be told from the source: checked when it runs";

Thing Object(RuntimeObject object, std::string_view path) {
  Thing thing;
  thing.kind = Thing::Kind::kObject;
  thing.object = object;
  thing.path = path;
  return thing;
}

Thing Named(Thing::Kind kind, std::string_view name, std::string_view path) {
  Thing thing;
  thing.kind = kind;
  thing.name = name;
  thing.path = path;
  return thing;
}

Use Tell(std::string construct, Verdict verdict, Thing result = {}) {
  return {std::move(result), std::move(construct), std::move(verdict)};
}

bool IsMongoDb(std::string_view type) { return type == "mongodb" || type == "mongodb-atlas" || type == "datalake"; }

// What every object has.
bool IsOfEveryObject(std::string_view name) {
  return name == "toString" || name == "hasOwnProperty" || name == "constructor" || name == "valueOf";
}

Use UseServiceGet(const CallShape& call, const AppNames& app) {
  if (!call.text) {
    Use use = Tell("context.services.get(...)", Runs(absl::StrCat("which service it is ", kCannotTell)));
    use.result.kind = Thing::Kind::kService;
    use.result.path = use.construct;
    return use;
  }
  std::string path = absl::StrCat("context.services.get(", Quoted(*call.text), ")");
  auto it = app.service_types.find(*call.text);
  if (it == app.service_types.end()) {
    return Tell(path,
                DoesNotRun(absl::StrCat("there is no service ", Quoted(*call.text),
                                        " in this application: it is undefined; add the service or correct the name")));
  }
  Use use = Tell(path, Runs());
  use.result = Named(Thing::Kind::kService, *call.text, path);
  use.result.type = it->second;
  return use;
}

Use UseFunctionExecute(const CallShape& call, const AppNames& app) {
  if (!call.text) {
    return Tell("context.functions.execute(...)", Runs(absl::StrCat("which function it is ", kCannotTell)));
  }
  std::string path = absl::StrCat("context.functions.execute(", Quoted(*call.text), ")");
  if (app.functions.contains(*call.text)) return Tell(path, Runs());
  return Tell(path, DoesNotRun(absl::StrCat("there is no function ", Quoted(*call.text),
                                            " in this application: it throws; add the function or correct the name")));
}

Use UseValueGet(const CallShape& call, const AppNames& app) {
  if (!call.text) return Tell("context.values.get(...)", Runs(absl::StrCat("which value it is ", kCannotTell)));
  std::string path = absl::StrCat("context.values.get(", Quoted(*call.text), ")");
  if (app.values.contains(*call.text)) return Tell(path, Runs());
  return Tell(path,
              DoesNotRun(absl::StrCat("there is no value ", Quoted(*call.text),
                                      " in this application: it is undefined; add the value or correct the name")));
}

// `services`, `functions` and `values`, each with one method.
Use UseLookup(const Thing& thing, std::string_view name, const CallShape* call, const AppNames& app) {
  std::string_view method = thing.kind == Thing::Kind::kFunctions ? "execute" : "get";
  std::string construct = absl::StrCat(thing.path, ".", Printable(name));
  if (name != method)
    return Tell(construct, DoesNotRun(absl::StrCat("it is undefined: ", thing.path, " has only ", method)));
  if (call == nullptr) return Tell(construct, Runs(absl::StrCat("what is asked for ", kCannotTell)));
  if (thing.kind == Thing::Kind::kServices) return UseServiceGet(*call, app);
  return thing.kind == Thing::Kind::kFunctions ? UseFunctionExecute(*call, app) : UseValueGet(*call, app);
}

Use UseService(const Thing& service, std::string_view name, const CallShape* call) {
  std::string construct = absl::StrCat(service.path, ".", Printable(name));
  bool may_be_mongodb = service.type.empty() || IsMongoDb(service.type);
  if (may_be_mongodb && (name == "db" || name == "database") && call != nullptr) {
    return {Object(RuntimeObject::kDatabase, "db")};
  }
  if (service.type.empty()) return {};
  if (service.type != "aws") return Tell(construct, VerdictOfAction(service.type, name));
  Use use = Tell(construct, VerdictOfAwsApi(name));
  use.result = Named(Thing::Kind::kAwsApi, name, absl::StrCat(construct, "()"));
  use.only_when_last = use.verdict.kind == Verdict::Kind::kRuns;
  return use;
}

Thing MemberThing(RuntimeObject object, std::string_view name, std::string_view path) {
  if (object == RuntimeObject::kContext) {
    if (name == "services") return Named(Thing::Kind::kServices, "", path);
    if (name == "functions") return Named(Thing::Kind::kFunctions, "", path);
    if (name == "values") return Named(Thing::Kind::kValues, "", path);
    if (name == "http") return Object(RuntimeObject::kHttp, path);
    if (name == "user") return Object(RuntimeObject::kUser, path);
    if (name == "request") return Object(RuntimeObject::kRequest, path);
    if (name == "app") return Object(RuntimeObject::kApp, path);
    if (name == "environment") return Object(RuntimeObject::kEnvironment, path);
  }
  if (object == RuntimeObject::kUtils && name == "crypto") return Object(RuntimeObject::kUtilsCrypto, path);
  if (object == RuntimeObject::kUtils && name == "jwt") return Object(RuntimeObject::kUtilsJwt, path);
  return {};
}

Use UseObject(const Thing& thing, std::string_view name, const CallShape* call) {
  if (IsOfEveryObject(name)) return {};
  if (thing.object == RuntimeObject::kDatabase && name == "collection" && call != nullptr) {
    return {Object(RuntimeObject::kCollection, "collection")};
  }
  std::string construct = absl::StrCat(thing.path, ".", Printable(name));
  std::optional<Verdict> verdict = FindVerdict(MembersOf(thing.object), name);
  if (!verdict) {
    bool is_data = thing.object == RuntimeObject::kDatabase || thing.object == RuntimeObject::kCollection;
    if (is_data && call == nullptr) return {};
    Use use = Tell(construct,
                   DoesNotRun(is_data ? "functions have no such method" : "it is undefined: there is no such member"));
    use.is_unknown_member = true;
    return use;
  }
  Use use = Tell(construct, *std::move(verdict), MemberThing(thing.object, name, construct));
  use.only_when_last = use.result.kind != Thing::Kind::kNothing;
  return use;
}

// `name` without a path inside the package.
std::string_view PackageOf(std::string_view name) {
  size_t end = name.find('/');
  if (name.starts_with('@') && end != std::string_view::npos) end = name.find('/', end + 1);
  return name.substr(0, end);
}

Verdict VerdictOfPackage(std::string_view name, const AppNames& app) {
  if (name.empty()) return DoesNotRun("require() needs a name: it throws");
  if (name.starts_with("node:")) return DoesNotRun("Node has no such module: require() throws");
  if (name.starts_with('.') || name.starts_with('/')) {
    return DoesNotRun(
        "functions cannot require files: require() throws; make the file a function and call it by "
        "context.functions.execute");
  }
  std::string_view package = PackageOf(name);
  if (app.packages.contains(package)) return Runs();
  return DoesNotRun(absl::StrCat("the package ", Quoted(package),
                                 " is not among the application's dependencies: require() throws; add it to "
                                 "functions/package.json or to functions/node_modules.tar.gz"));
}

Use UseRequire(const CallShape& call, const AppNames& app) {
  if (!call.text) return Tell("require(...)", Runs(absl::StrCat("which module it is ", kCannotTell)));
  std::string construct = absl::StrCat("require(", Quoted(*call.text), ")");
  std::string_view name = *call.text;
  if (name.starts_with("node:")) name.remove_prefix(5);
  std::optional<Verdict> verdict = VerdictOfModule(name);
  if (!verdict) return Tell(construct, VerdictOfPackage(*call.text, app));
  Use use = Tell(construct, *std::move(verdict));
  if (use.verdict.kind == Verdict::Kind::kDoesNotRun) return use;
  use.result =
      name == "process" ? Object(RuntimeObject::kProcess, "process") : Named(Thing::Kind::kModule, name, construct);
  return use;
}

}  // namespace

Thing GlobalThing(std::string_view name) {
  if (name == "context") return Object(RuntimeObject::kContext, name);
  if (name == "BSON") return Object(RuntimeObject::kBson, name);
  if (name == "EJSON") return Object(RuntimeObject::kEjson, name);
  if (name == "utils") return Object(RuntimeObject::kUtils, name);
  if (name == "process") return Object(RuntimeObject::kProcess, name);
  if (name == "require") return Named(Thing::Kind::kRequire, "", name);
  if (name == "globalThis" || name == "global") return Named(Thing::Kind::kGlobalThis, "", name);
  return {};
}

Use UseMember(const Thing& thing, std::string_view name, const CallShape* call, const AppNames& app) {
  switch (thing.kind) {
    case Thing::Kind::kObject:
      return UseObject(thing, name, call);
    case Thing::Kind::kServices:
    case Thing::Kind::kFunctions:
    case Thing::Kind::kValues:
      return UseLookup(thing, name, call, app);
    case Thing::Kind::kService:
      return UseService(thing, name, call);
    case Thing::Kind::kAwsApi:
      return Tell(absl::StrCat(thing.path, ".", Printable(name)), VerdictOfAwsAction(thing.name, name));
    case Thing::Kind::kModule: {
      std::optional<Verdict> verdict = VerdictOfModuleMember(thing.name, name);
      return verdict ? Tell(absl::StrCat(thing.path, ".", Printable(name)), *std::move(verdict)) : Use();
    }
    case Thing::Kind::kGlobalThis:
      if (Thing global = GlobalThing(name); global.kind == Thing::Kind::kRequire && call != nullptr) {
        return UseRequire(*call, app);
      } else {
        return {std::move(global)};
      }
    case Thing::Kind::kNothing:
    case Thing::Kind::kRequire:
    case Thing::Kind::kText:
      return {};
  }
  return {};
}

Use UseCall(const Thing& thing, const CallShape& call, const AppNames& app) {
  return thing.kind == Thing::Kind::kRequire ? UseRequire(call, app) : Use();
}

std::string Printable(std::string_view text) {
  std::string result(text.substr(0, kShownBytesMax));
  for (char& c : result) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  if (text.size() > kShownBytesMax) result += "...";
  return result;
}

std::string Quoted(std::string_view text) { return absl::StrCat("'", Printable(text), "'"); }

}  // namespace overlock::config
