// What the parsers of the kinds of entity share. Internal to app_parser.
#ifndef OVERLOCK_SERVICES_CONFIG_ENTITY_PARSERS_H_
#define OVERLOCK_SERVICES_CONFIG_ENTITY_PARSERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "overlock/config/v1/application.pb.h"
#include "services/config/app_files.h"
#include "services/config/app_parser.h"
#include "services/config/import_problems.h"
#include "services/config/layout/app_tree.h"
#include "services/config/object_reader.h"

namespace overlock::config {

inline constexpr size_t kNameBytesMax = 64;

struct ParseContext {
  const AppTree& tree;
  ImportProblems& problems;
  const AppCheckers& checkers;
};

// Each reads its part of the tree and adds to the application.
void ParseRootFile(const ParseContext& context, v1::Application& application);
// `environment` in the root file, which is `root`, and the files of environments/.
void ParseEnvironment(const ParseContext& context, ObjectReader& root, v1::Application& application);
void ParseServices(const ParseContext& context, v1::Application& application);
// The rules of a MongoDB service, which has its name, from the files that the tree keeps.
void ParseDataRules(const ParseContext& context, v1::Service& service);
// Where users' custom data are, after the services: `custom_user_data_config` of the root file, or F3's own file.
void ParseCustomUserData(const ParseContext& context, v1::Application& application);
void ParseFunctions(const ParseContext& context, v1::Application& application);
void ParseValues(const ParseContext& context, v1::Application& application);
void ParseAuthProviders(const ParseContext& context, v1::Application& application);
// After the functions, which endpoints name.
void ParseEndpoints(const ParseContext& context, v1::Application& application);
// secrets.json of an import, after services and auth providers: their `secret_config` says which secret a field is.
void ParseSecretsFile(const AppFiles& files, ImportProblems& problems, v1::Application& application);
// Warns of values whose secret is not set.
void CheckSecretsOfValues(const ParseContext& context, const v1::Application& application);
// A webhook of `service`, which has its name and type.
v1::Webhook ParseWebhook(const ParseContext& context, const AppEntity& entity, const v1::Service& service);

// A reader of the entity's configuration, which knows `id` and `_id`.
ObjectReader ReaderOf(const ParseContext& context, const AppEntity& entity);

// `name`: required, at most 64 bytes of ASCII letters, digits, `_` and `-`; spaces, which old exports have, give a
// warning. Empty after an error.
std::string ReadName(ObjectReader& reader);
// The same, of parts with `/` between them; at most 256 bytes.
std::string ReadPathName(ObjectReader& reader);
// Warns if the folder (or file, without `.json`) is not named for the entity.
void CheckFolderName(const ObjectReader& reader, const AppEntity& entity);
// An expression as JSON text; empty for absent, `{}` and `true`. A string is read as the JSON that it holds.
std::string ReadExpression(ObjectReader& reader, std::string_view field);
// The same for `can_evaluate`, which the context's checker sees.
std::string ReadCanEvaluate(const ParseContext& context, ObjectReader& reader);
// The same for `when` of a service rule, except that what is wrong is a warning: such a rule allows nothing.
std::string ReadRuleCondition(const ParseContext& context, ObjectReader& reader);
// Finds names that are taken twice.
class NameRegister {
 public:
  // An error if `name` is taken by another file.
  void Add(const ObjectReader& reader, const std::string& name);

 private:
  absl::flat_hash_map<std::string, std::string> files_;
};

// The options of `run_as_...` that exclude each other (spec section 2). Reports more than one.
struct RunAsFields {
  bool authed_user = false;
  std::string user_id;
  std::string script_source;
};
RunAsFields ReadRunAs(ObjectReader& reader);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_ENTITY_PARSERS_H_
