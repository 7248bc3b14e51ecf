// What the parsers of the kinds of entity share. Internal to app_parser.
#ifndef OVERLOCK_SERVICES_CONFIG_ENTITY_PARSERS_H_
#define OVERLOCK_SERVICES_CONFIG_ENTITY_PARSERS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "overlock/config/v1/application.pb.h"
#include "services/config/app_files.h"
#include "services/config/app_parser.h"
#include "services/config/import_problems.h"
#include "services/config/object_reader.h"

namespace overlock::config {

inline constexpr size_t kNameBytesMax = 64;
inline constexpr size_t kSourceBytesMax = 1024 * 1024;

struct ParseContext {
  const AppFiles& files;
  ImportProblems& problems;
  const ExpressionChecker& check_expression;
};

// Each reads its part of the files and adds to the application.
void ParseRootFile(const ParseContext& context, const std::string& path, v1::Application& application);
// `environment` in the root file, which is `root`, and the files of environments/.
void ParseEnvironment(const ParseContext& context, ObjectReader& root, v1::Application& application);
void ParseServices(const ParseContext& context, v1::Application& application);
void ParseFunctions(const ParseContext& context, v1::Application& application);
void ParseValues(const ParseContext& context, v1::Application& application);
void ParseAuthProviders(const ParseContext& context, v1::Application& application);
// After services and auth providers: their `secret_config` says which secret a field is.
void ParseSecrets(const ParseContext& context, v1::Application& application);
// The webhook in `directory` (ends with `/`) of `service`, which has its name and type; nullopt after an error that
// leaves nothing to say.
std::optional<v1::Webhook> ParseWebhook(const ParseContext& context, const std::string& directory,
                                        const v1::Service& service);

// Reads a file that must hold an object. An empty file reads as nothing (spec section 1.2): a warning, and nullopt.
// So do a missing one and one that is no object, which are errors. Doubled keys are errors.
std::optional<JsonDocument> ReadObjectFile(const ParseContext& context, const std::string& path);

// `name`: required, at most 64 bytes of ASCII letters, digits, `_` and `-`; spaces, which old exports have, give a
// warning. Empty after an error.
std::string ReadName(ObjectReader& reader);
// Warns if the folder (or file, without `.json`) is not named for the entity.
void CheckFolderName(const ObjectReader& reader, std::string_view folder, std::string_view name);
// `id` or `_id`, 24 hexadecimal digits; otherwise one derived from `key`, which names the entity in the application.
std::string ReadId(ObjectReader& reader, std::string_view key);
// An expression as JSON text; empty for absent, `{}` and `true`. A string is read as the JSON that it holds.
std::string ReadExpression(ObjectReader& reader, std::string_view field);
// The same for `can_evaluate`, which the context's checker sees.
std::string ReadCanEvaluate(const ParseContext& context, ObjectReader& reader);
// The same for `when` of a service rule, except that what is wrong is a warning: such a rule allows nothing.
std::string ReadRuleCondition(const ParseContext& context, ObjectReader& reader);
// JavaScript: UTF-8, at most 1 MiB. A missing file is an error.
std::string ReadSource(const ParseContext& context, const std::string& path);

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
