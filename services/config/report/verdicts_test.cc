// The tables say what the code says: services/executor/runtime and the parsers.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/report/config_verdicts.h"
#include "services/config/report/runtime_verdicts.h"

namespace overlock::config {
namespace {

using Kind = Verdict::Kind;
using Names = std::set<std::string>;

std::string ReadSourceFile(const std::string& path) {
  const char* root = std::getenv("OVERLOCK_SOURCE_DIR");
  std::ifstream stream(std::string(root == nullptr ? "." : root) + "/" + path);
  EXPECT_TRUE(stream.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

// What stands between `begin` and the next `end`.
std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  size_t from = text.find(begin);
  EXPECT_NE(from, std::string::npos) << begin;
  if (from == std::string::npos) return "";
  from += begin.size();
  return text.substr(from, text.find(end, from) - from);
}

Names Matches(const std::string& text, const char* pattern) {
  std::regex regex(pattern);
  Names names;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) names.insert((*it)[1].str());
  return names;
}

Names NamesOf(std::span<const VerdictRow> rows, bool do_run) {
  Names names;
  for (const VerdictRow& row : rows) {
    if ((row.kind != Kind::kDoesNotRun) == do_run) names.insert(std::string(row.name));
  }
  return names;
}

TEST(RuntimeVerdicts, KnowTheModulesThatRequireKnows) {
  std::string source = ReadSourceFile("services/executor/runtime/src/require.ts");
  Names there = Matches(Between(source, "const builtinNames = [", "]"), "'([^']+)'");
  Names inside = Matches(Between(source, "const submodules", "\n};"), "\n  '?([a-z_/]+)'?:");
  there.insert(inside.begin(), inside.end());
  EXPECT_EQ(NamesOf(Modules(), true), there);
  EXPECT_EQ(NamesOf(Modules(), false), Matches(Between(source, "const unavailable = [", "]"), "'([^']+)'"));
}

TEST(RuntimeVerdicts, KnowTheMembersOfContext) {
  std::string source = ReadSourceFile("services/executor/runtime/src/context.ts");
  std::string made = Between(source, "function makeContext", "\n}");
  Names members = Matches(Between(made, "const context = {", "};"), "\n    ([A-Za-z]+)[,:]");
  Names lazy = Matches(made, "lazy\\(context, '([a-z]+)'");
  members.insert(lazy.begin(), lazy.end());
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kContext), true), members);
  std::string app = Between(source, "function makeApp", "\n}");
  Names undefined = Matches(app, "\n    ([A-Za-z]+): undefined");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kApp), false), undefined);
  Names user = Matches(Between(source, "function makeUser", "\n}"), "\n    ([a-z_]+)[,:]");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kUser), true), user);
  std::string request = Between(source, "function makeRequest", "\n}");
  Names fields = Matches(request, "request\\.([A-Za-z]+) = ");
  Names first = Matches(Between(request, "unknown> = {", "};"), "\n    ([A-Za-z]+)[,:]");
  fields.insert(first.begin(), first.end());
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kRequest), true), fields);
}

TEST(RuntimeVerdicts, KnowTheGlobals) {
  std::string source = ReadSourceFile("services/executor/runtime/src/globals.ts");
  Names there = Matches(Between(source, "const fromLibrary", "};"), "([A-Za-z]+): '");
  for (const char* name : {"HTTPResponse", "TextDecoder", "TextEncoder", "queueMicrotask", "structuredClone"}) {
    there.insert(name);
  }
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kGlobal), true), there);
  EXPECT_THAT(NamesOf(MembersOf(RuntimeObject::kGlobal), false),
              ::testing::IsSupersetOf(Matches(Between(source, "const withheld = [", "]"), "'([^']+)'")));
}

TEST(RuntimeVerdicts, KnowBsonAndUtils) {
  std::string bson = ReadSourceFile("services/executor/runtime/src/bson_types.ts");
  std::string made = Between(Between(bson, "export function makeBson", "\n}"), "return {", "};");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kBson), true), Matches(made, "\n    ([A-Za-z0-9]+):"));
  std::string ejson = ReadSourceFile("services/executor/runtime/src/ejson.ts");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kEjson), true),
            Matches(Between(ejson, "export const EJSON = {", "\n};"), "\n  ([a-z]+)\\("));
  std::string crypto = ReadSourceFile("services/executor/runtime/src/utils_crypto.ts");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kUtilsCrypto), true),
            Matches(Between(crypto, "export const utilsCrypto = {", "\n};"), "\n  ([a-z]+)\\("));
  std::string jwt = ReadSourceFile("services/executor/runtime/src/utils_jwt.ts");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kUtilsJwt), true),
            Matches(Between(jwt, "export const utilsJwt = {", "\n};"), "\n  ([a-z]+)\\("));
}

TEST(RuntimeVerdicts, KnowWhatProcessHas) {
  std::string source = ReadSourceFile("services/executor/runtime/library/process.ts");
  std::string made = Between(source, "export = Object.assign(bare, {", "\n});");
  Names throwing = Matches(made, "([a-z]+): notAvailable");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kProcess), false), throwing);
  Names members = Matches(made, "\n  ([A-Za-z]+)[,:]");
  for (const std::string& name : throwing) members.erase(name);
  EXPECT_THAT(NamesOf(MembersOf(RuntimeObject::kProcess), true), ::testing::IsSupersetOf(members));
}

TEST(RuntimeVerdicts, KnowTheActionsOfEachType) {
  std::string source = ReadSourceFile("services/executor/runtime/src/services.ts");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kHttp), true),
            Matches(Between(source, "const httpMethods = [", "]"), "'([a-z]+)'"));
  EXPECT_THAT(source, ::testing::HasSubstr("case 'aws-s3': return makeClient(name, ['put', 'signPolicy']);"));
  EXPECT_THAT(source, ::testing::HasSubstr("case 'aws-ses': return makeClient(name, ['send']);"));
  EXPECT_THAT(source, ::testing::HasSubstr("case 'github': return {};"));
  EXPECT_THAT(source, ::testing::HasSubstr("case 'datalake': return makeMongoClient(name);"));
}

// The methods of a class that others can call.
Names MethodsOf(const std::string& source, const std::string& name) {
  std::string body = Between(source, "class " + name, "\n}\n");
  Names methods = Matches(body, "\n  (?:async |get )?([a-zA-Z]+)\\(");
  methods.erase("constructor");
  return methods;
}

TEST(RuntimeVerdicts, KnowTheMethodsOfMongoDb) {
  std::string source = ReadSourceFile("services/executor/runtime/src/mongodb.ts");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kDatabase), true), MethodsOf(source, "Database {"));
  for (const std::string& name : MethodsOf(source, "Client {")) {
    EXPECT_EQ(VerdictOfAction("mongodb-atlas", name), Runs()) << name;
  }
  Names collection = MethodsOf(ReadSourceFile("services/executor/runtime/src/mongodb_collection.ts"), "Collection {");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kCollection), false), Names({"watch"}));
  collection.erase("watch");
  EXPECT_EQ(NamesOf(MembersOf(RuntimeObject::kCollection), true), collection);
}

TEST(RuntimeVerdicts, KnowTheApisOfAws) {
  std::string source = ReadSourceFile("services/executor/runtime/library/aws/apis.mjs");
  Names names;
  for (std::string_view name : AwsApis()) names.insert(std::string(name));
  EXPECT_EQ(names, Matches(Between(source, "const names = {", "};"), "\n  ([a-z0-9]+): '"));
  Names aliases;
  for (const auto& [alias, name] : AwsApiAliases()) aliases.insert(std::string(alias) + ": '" + std::string(name));
  EXPECT_EQ(aliases, Matches(Between(source, "export const aliases = {", "};"), "\n  ([a-z0-9]+: '[a-z0-9]+)'"));
}

TEST(RuntimeVerdicts, SpellAwsApisInAnyWay) {
  EXPECT_EQ(VerdictOfAwsApi("S3").kind, Kind::kRuns);
  EXPECT_EQ(VerdictOfAwsApi("cloudwatch-logs").kind, Kind::kRuns);
  EXPECT_EQ(VerdictOfAwsApi("nosuch").kind, Kind::kDoesNotRun);
  EXPECT_EQ(VerdictOfAwsAction("logs", "StartLiveTail").kind, Kind::kDoesNotRun);
  EXPECT_EQ(VerdictOfAwsAction("s3", "PutObject").kind, Kind::kRuns);
}

TEST(ConfigVerdicts, KnowEveryTypeThatTheImportTakes) {
  std::string services = ReadSourceFile("services/config/service_parser.cc");
  for (const std::string& type : Matches(Between(services, ".Enum(\"type\", {", "})"), "\"([a-z0-9-]+)\"")) {
    EXPECT_THAT(VerdictOfServiceType(type).explanation, ::testing::Not(::testing::HasSubstr("not known"))) << type;
  }
  std::string functions = ReadSourceFile("services/config/function_parser.cc");
  for (const std::string& type : Matches(Between(functions, ".Enum(\"type\", {", "})"), "\"([a-z0-9-]+)\"")) {
    Verdict verdict = VerdictOfAuthProvider(type);
    EXPECT_THAT(verdict.explanation, ::testing::Not(::testing::HasSubstr("not known"))) << type;
    // Those that no webhook can be called with are kept, no more.
    bool in_webhooks = type == "api-key" || type == "custom-token" || type == "local-userpass";
    EXPECT_EQ(verdict.kind == Kind::kDoesNotRun, !in_webhooks) << type;
  }
}

TEST(ConfigVerdicts, ExplainWhatDoesNotSimplyRun) {
  for (std::span<const VerdictRow> rows : {ConfigFields(), Modules(), MembersOf(RuntimeObject::kGlobal)}) {
    for (const VerdictRow& row : rows) EXPECT_EQ(row.explanation.empty(), row.kind == Kind::kRuns) << row.name;
  }
  for (const char* directory : {"triggers", "graphql", "hosting", "sync", "log_forwarders"}) {
    EXPECT_EQ(VerdictOfDirectory(directory).kind, Kind::kDoesNotRun) << directory;
    EXPECT_NE(VerdictOfDirectory(directory).explanation, "") << directory;
  }
  for (const char* directory : {"services", "functions", "values", "environments", "data_sources"}) {
    EXPECT_EQ(VerdictOfDirectory(directory), Runs()) << directory;
  }
  EXPECT_EQ(VerdictOfDirectory("nosuch").kind, Kind::kDoesNotRun);
  EXPECT_EQ(VerdictOfServiceType("mongodb-atlas").kind, Kind::kDiffers);
  EXPECT_EQ(VerdictOfServiceType("gcm").kind, Kind::kDiffers);
  EXPECT_EQ(VerdictOfDataSourcePart("schema").kind, Kind::kDiffers);
  EXPECT_EQ(VerdictOfDataSourcePart("rules"), Runs());
  EXPECT_EQ(VerdictOfField("webhook.fetch_custom_user_data").kind, Kind::kDiffers);
  EXPECT_EQ(VerdictOfField("root.custom_user_data_config").kind, Kind::kDiffers);
  EXPECT_EQ(VerdictOfField("webhook.create_user_on_auth"), Runs());
  EXPECT_EQ(VerdictOfField("root.environment"), Runs());
}

TEST(ConfigVerdicts, JudgeTheValidationOfWebhooks) {
  EXPECT_EQ(VerdictOfValidation("http", "NO_VALIDATION", true, false), Runs());
  EXPECT_EQ(VerdictOfValidation("http", "VERIFY_PAYLOAD", true, true), Runs());
  EXPECT_EQ(VerdictOfValidation("http", "VERIFY_PAYLOAD", true, false).kind, Kind::kDoesNotRun);
  EXPECT_EQ(VerdictOfValidation("http", "STRIPE", true, true), Runs());
  EXPECT_EQ(VerdictOfValidation("http", "NO_SUCH", false, true).kind, Kind::kDoesNotRun);
  for (const char* type : {"github", "twilio"}) {
    EXPECT_EQ(VerdictOfValidation(type, "", false, true), Runs()) << type;
    EXPECT_EQ(VerdictOfValidation(type, "", false, false).kind, Kind::kDiffers) << type;
  }
}

TEST(ConfigVerdicts, KnowEverySettingOfValidation) {
  std::string parser = ReadSourceFile("services/config/validation_settings_parser.cc");
  std::string signature = Between(parser, "void ReadSignature(", "\n}");
  parser.erase(parser.find(signature), signature.size());
  Names fields = Matches(parser, "reader\\.[A-Z][a-zA-Z]+\\(\"([a-zA-Z]+)\"[,)]");
  for (const char* field : {"signature", "secrets"}) fields.insert(field);
  fields.erase("expiresAt");
  Names known = NamesOf(ValidationSettings(), true);
  EXPECT_EQ(known, fields);
  EXPECT_EQ(VerdictOfValidationSetting("observeOnly").kind, Kind::kDiffers);
  EXPECT_EQ(VerdictOfValidationSetting("nosuch").kind, Kind::kDoesNotRun);
}

}  // namespace
}  // namespace overlock::config
