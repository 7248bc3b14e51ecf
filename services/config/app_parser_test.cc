#include "services/config/app_parser.h"

#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"
#include "common/testing/status_matchers.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "services/config/app_directory.h"
#include "services/config/expression_check.h"
#include "services/validation/schemes/presets.h"

namespace overlock::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Files = std::map<std::string, std::string>;

constexpr char kHook[] = "services/s/incoming_webhooks/w/config.json";

Files GoodApp() {
  return {
      {"stitch.json", R"({"app_id": "app-abcde", "config_version": 20180301, "name": "app"})"},
      {"services/s/config.json", R"({"name": "s", "type": "http", "config": {}})"},
      {kHook,
       R"({"name": "w", "respond_result": true, "options": {"httpMethod": "POST", "validationMethod": "NO_VALIDATION"}})"},
      {"services/s/incoming_webhooks/w/source.js", "exports = function() {};"},
      {"functions/f/config.json", R"({"name": "f", "private": true})"},
      {"functions/f/source.js", "exports = function() {};"},
      {"values/v.json", R"({"name": "v", "value": {"a": 1.50}})"}};
}

ParsedApp Parse(const Files& files, const ExpressionChecker& check = nullptr) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : files) {
    auto* file = request.add_files();
    file->set_path(path);
    file->set_content(content);
  }
  absl::StatusOr<ParsedApp> parsed = ParseApp(request, {check, &validation::CheckSettings});
  EXPECT_THAT(parsed, IsOk());
  return parsed.ok() ? *std::move(parsed) : ParsedApp();
}

// `error values/v.json: name: message`
std::vector<std::string> Lines(const ParsedApp& parsed) {
  std::vector<std::string> lines;
  for (const auto& problem : parsed.problems) {
    lines.push_back(absl::StrCat(problem.severity() == v1::ImportProblem::SEVERITY_ERROR ? "error " : "warning ",
                                 problem.file(), ": ", problem.field(), ": ", problem.message()));
  }
  return lines;
}

Files With(Files files, const std::string& path, const std::string& content) {
  files[path] = content;
  return files;
}

const v1::Webhook& OnlyWebhook(const ParsedApp& parsed) { return parsed.application.services(0).webhooks(0); }

TEST(AppParserTest, ReadsAnApplication) {
  ParsedApp parsed = Parse(GoodApp());
  EXPECT_THAT(Lines(parsed), IsEmpty());
  const v1::Application& app = parsed.application;
  EXPECT_EQ(app.app_id(), "app-abcde");
  EXPECT_EQ(app.location(), "US-VA");
  EXPECT_EQ(app.deployment_model(), "GLOBAL");
  ASSERT_EQ(app.services_size(), 1);
  EXPECT_EQ(OnlyWebhook(parsed).http_method(), v1::HTTP_METHOD_POST);
  EXPECT_TRUE(OnlyWebhook(parsed).run_as().has_system());
  EXPECT_EQ(OnlyWebhook(parsed).source(), "exports = function() {};");
  EXPECT_TRUE(app.functions(0).private_());
  EXPECT_EQ(app.values(0).value_json(), R"({"a":1.50})");
}

TEST(AppParserTest, GivesTheSameApplicationForTheSameFiles) {
  Files files = With(GoodApp(), "stitch.json", R"({"name": "app"})");
  ParsedApp one = Parse(files);
  ParsedApp two = Parse(files);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(one.application, two.application));
  EXPECT_THAT(one.application.app_id(), ::testing::MatchesRegex("app-[a-z]+"));
  EXPECT_EQ(one.application.app_id().size(), 9u);
  EXPECT_THAT(OnlyWebhook(one).id(), ::testing::MatchesRegex("[0-9a-f]+"));
}

TEST(AppParserTest, ReadsLayoutF2) {
  Files files = GoodApp();
  files.erase("stitch.json");
  files["config.json"] = R"({"app_id": "app-abcde", "config_version": 20200603, "name": "app", "sync": {}})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(parsed.application.config_version(), 20200603);
}

TEST(AppParserTest, ReadsTheEnvironmentAndItsValues) {
  Files files = With(GoodApp(), "environments/no-environment.json", R"({"values": {"limit": 1}})");
  files["environments/qa.json"] = R"({"values": {"limit": 7, "list": [1, "a"], "nothing": null}})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(parsed.application.environment(), "");
  EXPECT_EQ(parsed.application.environment_values_json().at("limit"), "1");
  files["stitch.json"] = R"({"app_id": "app-abcde", "name": "app", "environment": "qa"})";
  parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(parsed.application.environment(), "qa");
  EXPECT_EQ(parsed.application.environment_values_json().at("limit"), "7");
  EXPECT_EQ(parsed.application.environment_values_json().at("list"), R"([1,"a"])");
  EXPECT_EQ(parsed.application.environment_values_json().at("nothing"), "null");
  files["stitch.json"] = R"({"app_id": "app-abcde", "name": "app", "environment": "production"})";
  EXPECT_THAT(Parse(files).application.environment_values_json(), IsEmpty());
}

TEST(AppParserTest, SaysThatThereIsNoRootFile) {
  Files files = GoodApp();
  files.erase("stitch.json");
  EXPECT_THAT(Lines(Parse(files)), ElementsAre(HasSubstr("there is no stitch.json")));
}

struct Case {
  const char* file;
  const char* content;
  // What some problem's line must contain.
  const char* wanted;
};

// Every one is an error.
const Case kErrors[] = {
    {"stitch.json", R"({"name": 7})", "error stitch.json: name: must be a string, not the number 7 (line 1)"},
    {"stitch.json", R"({})", "error stitch.json: name: is required"},
    {"stitch.json", R"([1])", "error stitch.json: : must hold an object, not an array"},
    {"stitch.json", R"({"name": "a name with spaces"})", "error stitch.json: name: must have 1 to 32"},
    {"stitch.json", R"({"name": "a", "config_version": 20210101})",
     "error stitch.json: config_version: must be 20180301"},
    {"stitch.json", R"({"name": "a", "app_id": "a/b"})", "error stitch.json: app_id: must have 1 to 64"},
    {"stitch.json", R"({"name": "a", "location": 7})", "error stitch.json: location: must be a string"},
    {"stitch.json", R"({"name": "a", "deployment_model": "MINE"})", "'MINE' is not allowed; allowed: GLOBAL, LOCAL"},
    {"stitch.json", R"({"name": "a", "environment": "staging"})", "error stitch.json: environment: 'staging' is not"},
    {"environments/qa.json", R"({"values": []})", "error environments/qa.json: values: must be an object"},
    {"stitch.json", R"({"name": "a", "security": {"allowed_request_origins": ["example.com"]}})",
     "error stitch.json: security.allowed_request_origins[0]: must be <scheme>://"},
    {"stitch.json", R"({"name": "a", "security": {"allowed_request_origins": [1]}})",
     "error stitch.json: security.allowed_request_origins[0]: must be a string"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"run_time_ms": 300001}}})",
     "error stitch.json: overlock.limits.run_time_ms: must be a whole number from 10 to 300000, not 300001"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"cpu_time_ms": 0.5}}})",
     "overlock.limits.cpu_time_ms: must"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"memory_mb": 4096}}})", "overlock.limits.memory_mb: must"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"pending_operations": 0}}})",
     "overlock.limits.pending_operations: must be a whole number from 1 to 100000, not 0"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"console_lines": 1001}}})",
     "overlock.limits.console_lines: must"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"console_line_bytes": 15}}})",
     "overlock.limits.console_line_bytes: must"},
    {"stitch.json", R"({"name": "a", "overlock": {"limits": {"answer_bytes": 18874369}}})",
     "overlock.limits.answer_bytes: must"},
    {"services/s/config.json", R"({"name": "s"})", "error services/s/config.json: type: is required"},
    {"services/s/config.json", R"({"type": "http"})", "error services/s/config.json: name: is required"},
    {"services/s/config.json", R"({"name": "s", "type": "htpp"})",
     "type: 'htpp' is not allowed; allowed: http, github"},
    {"services/s/config.json", R"({"name": "s/t", "type": "http"})", "name: can only contain ASCII letters"},
    {"services/s/config.json", R"({"name": "s", "type": "http", "config": []})",
     "config: must be an object, not an array"},
    {"services/s/config.json", R"({"name": "s", "type": "http", "secret_config": {"a": 1}})",
     "secret_config.a: must be a string"},
    {"services/s/config.json", R"({"name": "s", "type": "aws"})", "services of type 'aws' have no incoming webhooks"},
    {"services/t/config.json", R"({"name": "s", "type": "http"})", "name: 's' is taken by services/s/config.json"},
    {"services/t/x.json", R"({})", "error services/t/config.json: : the file is missing"},
    {"services/s/rules/r.json", R"({"name": "r", "when": "{not json"})",
     "when: is a string, which must hold an expression"},
    {"services/s/rules/r.json", R"({"name": "r", "actions": "get"})", "actions: must be an array, not a string"},
    {"services/s/incoming_webhooks/x/config.json", R"({"name": "x"})", "x/source.js: : the file is missing"},
    {"services/s/incoming_webhooks/x/source.js", "x", "x/config.json: : the file is missing"},
    {"functions/g/source.js", "x", "error functions/g/config.json: : the file is missing"},
    {"functions/f/source.js", "\xff", "error functions/f/source.js: : is not UTF-8"},
    {"functions/f/config.json", R"({"name": "f", "private": "yes"})", "private: must be true or false, not a string"},
    {"functions/f/config.json",
     R"({"name": "f", "run_as_user_id": "5e7a1c0f9d3b2a4c6e8f0a99", "run_as_user_id_script_source": "x"})",
     "error functions/f/config.json: run_as_user_id: excludes run_as_user_id_script_source"},
    {"values/v.json", R"({"value": 1})", "error values/v.json: name: is required"},
    {"values/v.json", R"({"name": "v"})", "error values/v.json: value: is required"},
    {"values/v.json", R"({"name": "v", "value": 1, "from_secret": true})", "value: must be the name of a secret"},
    {"values/v.json", R"({ "name": "v", )", "error values/v.json: : line 1: not JSON: the text ends too early"},
    {"values/w.json", R"({"name": "v", "value": 1})", "error values/w.json: name: 'v' is taken by values/v.json"},
    {"auth_providers/a.json", R"({"name": "a", "type": "magic"})", "type: 'magic' is not allowed"},
    {"secrets.json", R"({"services": {"s": {"k": 1}}})", "error secrets.json: services.s.k: must be a string"},
};

TEST(AppParserTest, NamesFileAndFieldOfEveryError) {
  for (const Case& c : kErrors) {
    ParsedApp parsed = Parse(With(GoodApp(), c.file, c.content));
    EXPECT_TRUE(parsed.has_errors) << c.file << " " << c.content;
    EXPECT_THAT(Lines(parsed), Contains(HasSubstr(c.wanted))) << c.file << " " << c.content;
  }
}

// A webhook's config.json, each field wrong in each way; what is replaced stands in a good one.
TEST(AppParserTest, ChecksEveryFieldOfAWebhook) {
  struct FieldCase {
    const char* fields;
    const char* wanted;
  };
  const FieldCase kCases[] = {
      {R"("name": 1, "respond_result": true)", "error W: name: must be a string, not the number 1"},
      {R"("name": "", "respond_result": true)", "error W: name: must not be empty"},
      {R"("respond_result": true)", "error W: name: is required"},
      {R"("name": "w", "name": "w", "respond_result": true)", "error W: name: stands here twice (line 1)"},
      {R"("name": "w")", "error W: respond_result: is required: true or false"},
      {R"("name": "w", "respond_result": "yes")", "error W: respond_result: must be true or false, not a string"},
      {R"("name": "w", "respond_result": true, "id": 5)", "error W: id: must be a string of 24 hexadecimal digits"},
      {R"("name": "w", "respond_result": true, "run_as_authed_user": 1)", "error W: run_as_authed_user: must be true"},
      {R"("name": "w", "respond_result": true, "run_as_user_id": {})", "error W: run_as_user_id: must be a string"},
      {R"("name": "w", "respond_result": true, "run_as_user_id_script_source": 1)",
       "error W: run_as_user_id_script_source: must be a string"},
      {R"("name": "w", "respond_result": true, "run_as_authed_user": true, "run_as_user_id": "5e7a1c0f9d3b2a4c6e8f0a99")",
       "error W: run_as_user_id: excludes run_as_authed_user"},
      {R"("name": "w", "respond_result": true, "run_as_authed_user": true, "run_as_user_id_script_source": "x")",
       "error W: run_as_user_id_script_source: excludes run_as_authed_user"},
      {R"("name": "w", "respond_result": true, "run_as_authed_user": true, "run_as_system": true)",
       "error W: run_as_system: excludes"},
      {R"("name": "w", "respond_result": true, "fetch_custom_user_data": 1)",
       "error W: fetch_custom_user_data: must be"},
      {R"("name": "w", "respond_result": true, "create_user_on_auth": 1)", "error W: create_user_on_auth: must be"},
      {R"("name": "w", "respond_result": true, "can_evaluate": [])", "error W: can_evaluate: must be an object"},
      {R"("name": "w", "respond_result": true, "can_evaluate": {"a": {"b": 1, "b": 2}})",
       "error W: can_evaluate.a.b: stands here twice"},
      {R"("name": "w", "respond_result": true, "disable_arg_logs": 1)", "error W: disable_arg_logs: must be"},
      {R"("name": "w", "respond_result": true, "private": 1)", "error W: private: must be"},
  };
  for (const FieldCase& c : kCases) {
    std::string text = absl::StrCat("{", c.fields, R"(, "options": {"httpMethod": "GET"}})");
    ParsedApp parsed = Parse(With(GoodApp(), kHook, text));
    EXPECT_TRUE(parsed.has_errors) << text;
    std::string wanted = c.wanted;
    wanted.replace(wanted.find('W'), 1, kHook);
    EXPECT_THAT(Lines(parsed), Contains(HasSubstr(wanted))) << text;
  }
}

TEST(AppParserTest, ChecksEveryOptionOfAWebhook) {
  struct OptionCase {
    const char* options;
    const char* wanted;
  };
  const OptionCase kCases[] = {
      {R"([])", ": options: must be an object, not an array"},
      {R"({})", ": options.httpMethod: is required; allowed: GET, POST, PUT, PATCH, DELETE, HEAD, ANY"},
      {R"({"httpMethod": 1})", ": options.httpMethod: must be a string"},
      {R"({"httpMethod": "FETCH"})", ": options.httpMethod: 'FETCH' is not allowed; allowed: GET, POST"},
      {R"({"httpMethod": "get"})", ": options.httpMethod: 'get' is not allowed"},
      {R"({"httpMethod": "GET", "httpMethod": "GET"})", ": options.httpMethod: stands here twice"},
      {R"({"httpMethod": "GET", "validationMethod": "MAYBE"})",
       ": options.validationMethod: 'MAYBE' is not allowed; allowed: NO_VALIDATION, VERIFY_PAYLOAD, "
       "SECRET_AS_QUERY_PARAM"},
      {R"({"httpMethod": "GET", "validationMethod": true})", ": options.validationMethod: must be a string"},
      {R"({"httpMethod": "GET", "validationMethod": "VERIFY_PAYLOAD"})", ": options.secret: is required"},
      {R"({"httpMethod": "GET", "validationMethod": "SECRET_AS_QUERY_PARAM", "secret": ""})",
       ": options.secret: is required"},
      {R"({"httpMethod": "GET", "validationMethod": "VERIFY_PAYLOAD", "secret": 12345})",
       ": options.secret: must be a string"},
      {R"({"httpMethod": "GET", "secretAsQueryParam": true})", ": options.secret: is required"},
      {R"({"httpMethod": "GET", "secretAsQueryParam": "yes"})", ": options.secretAsQueryParam: must be true or false"},
  };
  for (const OptionCase& c : kCases) {
    std::string text = absl::StrCat(R"({"name": "w", "respond_result": true, "options": )", c.options, "}");
    ParsedApp parsed = Parse(With(GoodApp(), kHook, text));
    EXPECT_TRUE(parsed.has_errors) << text;
    EXPECT_THAT(Lines(parsed), Contains(HasSubstr(absl::StrCat("error ", kHook, c.wanted)))) << text;
  }
}

TEST(AppParserTest, WarnsOfWhatMayNotBeMeant) {
  const Case kWarnings[] = {
      {"stitch.json", R"({"name": "a", "colour": 1})", "warning stitch.json: colour: is not known here"},
      {"stitch.json", R"({"name": "a", "hosting": {"enabled": true}})", "warning stitch.json: hosting: is enabled"},
      {"services/s/config.json", R"({"name": "other", "type": "http"})",
       "name: is 'other' though the folder or file is 's'"},
      {"services/s/config.json", R"({"name": "a s", "type": "http"})", "name: has spaces"},
      {"services/s/config.json", R"({"name": "s", "type": "http", "id": "x"})",
       "id: is not 24 hexadecimal digits and is replaced"},
      {"values/v.json", R"({"name": "v", "value": "key", "from_secret": true})",
       "warning values/v.json: value: 'v' is undefined until the secret 'key' is set"},
      {"values/w.json", " ", "warning values/w.json: : the file is empty"},
      {"functions/f/source.js", "\n", "warning functions/f/source.js: : is empty"},
      {"functions/f/config.json", R"({"name": "f", "run_as_user_id": "5e7a1c0f9d3b2a4c6e8f0a99"})",
       "run_as_user_id: is used for HTTPS endpoints only"},
      {"triggers/t.json", "{}", "warning triggers: : triggers are not run in this version"},
      {"secrets.json", R"({"services": {"nobody": {"k": "v"}}})", "services.nobody: names nothing"},
      {kHook, R"({"name": "w", "respond_result": true, "options": {"httpMethod": "GET", "secret": "x"}})",
       "options.validationMethod: is missing beside a secret; VERIFY_PAYLOAD is assumed"},
      {kHook, R"({"name": "w", "respond_result": true, "create_user_on_auth": true, "options": {"httpMethod": "GET"}})",
       "create_user_on_auth: means nothing without run_as_authed_user"},
      {kHook, R"({"name": "w", "respond_result": true, "run_as_user_id": "me", "options": {"httpMethod": "GET"}})",
       "run_as_user_id: is not 24 hexadecimal digits"},
  };
  for (const Case& c : kWarnings) {
    ParsedApp parsed = Parse(With(GoodApp(), c.file, c.content));
    EXPECT_FALSE(parsed.has_errors) << c.file << " " << c.content << absl::StrJoin(Lines(parsed), "\n");
    EXPECT_THAT(Lines(parsed), Contains(HasSubstr(c.wanted))) << c.file << " " << c.content;
  }
}

TEST(AppParserTest, MapsTheOptionsOf2018) {
  struct Legacy {
    const char* options;
    v1::ValidationMethod method;
  };
  for (const Legacy& c :
       {Legacy{R"("secret": "x", "secretAsQueryParam": true)", v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM},
        Legacy{R"("secret": "x", "secretAsQueryParam": false)", v1::VALIDATION_METHOD_VERIFY_PAYLOAD},
        Legacy{R"("secretAsQueryParam": false)", v1::VALIDATION_METHOD_NO_VALIDATION},
        Legacy{R"("secret": "")", v1::VALIDATION_METHOD_NO_VALIDATION},
        Legacy{R"("secret": "x", "validationMethod": "NO_VALIDATION", "secretAsQueryParam": true)",
               v1::VALIDATION_METHOD_NO_VALIDATION}}) {
    std::string text =
        absl::StrCat(R"({"name": "w", "respond_result": true, "options": {"httpMethod": "GET", )", c.options, "}}");
    ParsedApp parsed = Parse(With(GoodApp(), kHook, text));
    ASSERT_FALSE(parsed.has_errors) << text << absl::StrJoin(Lines(parsed), "\n");
    EXPECT_EQ(OnlyWebhook(parsed).validation_method(), c.method) << text;
  }
}

TEST(AppParserTest, AcceptsIdsRulesAndValuesOf2018) {
  Files files = GoodApp();
  files["services/s/config.json"] = R"({"_id": "5B1a1c0f9d3b2a4c6e8f0a11", "name": "s", "type": "http", "config": {}})";
  files["services/s/rules/r.json"] =
      R"({"_id": {"$oid": "5b1a1c0f9d3b2a4c6e8f0a12"}, "name": "r", "actions": ["get"], "when": "{\"%%args.url.host\":{\"%in\":[\"a.com\"]}}"})";
  files["values/v.json"] = R"({"name": "v", "value": null, "private": false})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  const v1::Service& service = parsed.application.services(0);
  EXPECT_EQ(service.id(), "5b1a1c0f9d3b2a4c6e8f0a11");
  EXPECT_EQ(service.rules(0).id(), "5b1a1c0f9d3b2a4c6e8f0a12");
  EXPECT_EQ(service.rules(0).when_json(), R"({"%%args.url.host":{"%in":["a.com"]}})");
  EXPECT_EQ(parsed.application.values(0).value_json(), "null");
  EXPECT_FALSE(parsed.application.values(0).private_());
  files["values/v.json"] = R"({"name": "v", "value": null, "private": true})";
  EXPECT_TRUE(Parse(files).application.values(0).private_());
}

TEST(AppParserTest, ReadsEachMode) {
  auto mode = [](const std::string& fields) {
    return Parse(With(
        GoodApp(), kHook,
        absl::StrCat(R"({"name": "w", "respond_result": true, )", fields, R"("options": {"httpMethod": "GET"}})")));
  };
  EXPECT_TRUE(OnlyWebhook(mode(R"("run_as_authed_user": true, "create_user_on_auth": true, )"))
                  .run_as()
                  .authed_user()
                  .create_user_on_auth());
  EXPECT_EQ(OnlyWebhook(mode(R"("run_as_user_id": "5e7a1c0f9d3b2a4c6e8f0a99", )")).run_as().user_id(),
            "5e7a1c0f9d3b2a4c6e8f0a99");
  EXPECT_EQ(OnlyWebhook(mode(R"("run_as_user_id_script_source": "exports = 1", )")).run_as().script_source(),
            "exports = 1");
}

TEST(AppParserTest, ReadsGitHubAndTwilioWebhooks) {
  Files files = With(GoodApp(), "services/s/config.json", R"({"name": "s", "type": "github"})");
  files[kHook] = R"({"name": "w", "respond_result": false, "options": {"secret": "x"}})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(OnlyWebhook(parsed).secret(), "x");
  files[kHook] = R"({"name": "w", "respond_result": false})";
  EXPECT_THAT(Lines(Parse(files)),
              ElementsAre(HasSubstr("warning " + std::string(kHook) + ": options.secret: is missing")));
  files["services/s/config.json"] = R"({"name": "s", "type": "twilio"})";
  EXPECT_THAT(Lines(Parse(files)), ElementsAre(HasSubstr("the auth_token of service 's' is not set")));
}

TEST(AppParserTest, AsksTheCheckerOnlyAboutExpressionsThatSaySomething) {
  std::vector<std::string> asked;
  ExpressionChecker check = [&asked](std::string_view json, ExpressionUse) {
    asked.emplace_back(json);
    return Error(absl::StatusCode::kInvalidArgument, "EXPRESSION_INVALID", "expression.a.%near: unknown operator");
  };
  for (const char* nothing : {"{}", "null", "true", "\"\"", "\"{}\""}) {
    ParsedApp parsed = Parse(
        With(GoodApp(), "functions/f/config.json", absl::StrCat(R"({"name": "f", "can_evaluate": )", nothing, "}")),
        check);
    EXPECT_EQ(parsed.application.functions(0).can_evaluate_json(), "") << nothing;
    EXPECT_FALSE(parsed.has_errors);
  }
  EXPECT_THAT(asked, IsEmpty());
  ParsedApp parsed =
      Parse(With(GoodApp(), "functions/f/config.json", R"({"name": "f", "can_evaluate": {"a": {"%near": 1}}})"), check);
  EXPECT_THAT(asked, ElementsAre(R"({"a":{"%near":1}})"));
  EXPECT_THAT(Lines(parsed), ElementsAre("error functions/f/config.json: can_evaluate.a.%near: unknown operator"));
}

TEST(AppParserTest, WarnsOfARuleThatAllowsNothing) {
  auto lines = [](const std::string& when) {
    return Lines(Parse(With(GoodApp(), "services/s/rules/r.json",
                            absl::StrCat(R"({"name": "r", "actions": ["get"], "when": )", when, "}")),
                       &CheckExpression));
  };
  EXPECT_THAT(lines(R"({"%%args.url.host": {"%in": ["a"]}, "body": {"%exists": 1}})"), IsEmpty());
  EXPECT_THAT(lines(R"("{\"%%args.url.host\":{\"%in\":[\"google.com\"]}}")"), IsEmpty());
  EXPECT_THAT(lines(R"({"%%args.url.host": {"%near": 1}})"),
              ElementsAre(HasSubstr("warning services/s/rules/r.json: when.%%args.url.host.%near: unknown operator")));
  EXPECT_THAT(lines(R"({"%%root.a": 1})"), ElementsAre(HasSubstr("; the rule allows nothing")));
}

TEST(AppParserTest, FindsAllProblemsAtOnceErrorsFirst) {
  Files files = GoodApp();
  files["values/v.json"] = "{";
  files["functions/f/config.json"] = R"({"name": "g", "private": 1})";
  files["services/s/config.json"] = R"({"name": "s", "type": 1})";
  std::vector<std::string> lines = Lines(Parse(files));
  ASSERT_EQ(lines.size(), 4u) << absl::StrJoin(lines, "\n");
  EXPECT_THAT(lines[0], HasSubstr("error functions/f/config.json: private"));
  EXPECT_THAT(lines[1], HasSubstr("error services/s/config.json: type"));
  EXPECT_THAT(lines[2], HasSubstr("error values/v.json"));
  EXPECT_THAT(lines[3], HasSubstr("warning functions/f/config.json: name"));
}

TEST(AppParserTest, CountsProblemsBeyondAThousand) {
  std::string fields;
  for (int i = 0; i < 1500; ++i) absl::StrAppend(&fields, ", \"x", i, "\": 1");
  ParsedApp parsed = Parse(With(GoodApp(), "values/v.json", absl::StrCat(R"({"name": "v", "value": 1)", fields, "}")));
  EXPECT_EQ(parsed.problems.size(), 1001);
  EXPECT_EQ(parsed.problems.rbegin()->message(), "500 more problems are left out");
}

TEST(AppParserTest, FindsTheSecretsOfServices) {
  Files files = GoodApp();
  files["services/t/config.json"] = R"({"name": "t", "type": "twilio", "secret_config": {"auth_token": "token"}})";
  files["secrets.json"] = R"({"services": {"t": {"auth_token": "hush", "other": "x"}}, "auth_providers": {}})";
  files["values/u.json"] = R"({"name": "u", "value": "token", "from_secret": true})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(parsed.application.secrets().at("token"), "hush");
  EXPECT_EQ(parsed.application.secrets().at("services.t.other"), "x");
}

TEST(AppParserTest, RefusesRequestsBeyondTheLimits) {
  v1::ImportAppRequest request;
  EXPECT_THAT(ParseApp(request, {}).status(), StatusIs(absl::StatusCode::kInvalidArgument, "NO_FILES"));
  for (const char* path : {"/etc/passwd", "a/../b", "a//b", "", ".", "a/\xff.json"}) {
    request.Clear();
    request.add_files()->set_path(path);
    EXPECT_THAT(ParseApp(request, {}).status(), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_PATH")) << path;
  }
  request.Clear();
  request.add_files()->set_path("a.json");
  request.add_files()->set_path("a.json");
  EXPECT_THAT(ParseApp(request, {}).status(), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_PATH"));
  request.Clear();
  request.add_files()->set_path("a.json");
  request.mutable_files(0)->set_content(std::string(kImportFileBytesMax + 1, ' '));
  EXPECT_THAT(ParseApp(request, {}).status(), StatusIs(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE"));
  request.Clear();
  for (size_t i = 0; i <= kImportFilesMax; ++i) request.add_files()->set_path(absl::StrCat("a", i, ".json"));
  EXPECT_THAT(ParseApp(request, {}).status(), StatusIs(absl::StatusCode::kInvalidArgument, "TOO_MANY_FILES"));
}

TEST(AppParserTest, RefusesSourcesBeyondOneMebibyte) {
  std::string source(1024 * 1024, ' ');
  source[0] = ';';
  EXPECT_FALSE(Parse(With(GoodApp(), "functions/f/source.js", source)).has_errors);
  EXPECT_TRUE(Parse(With(GoodApp(), "functions/f/source.js", source + " ")).has_errors);
}

TEST(AppParserTest, ReadsEverySampleApplicationButTheBadOne) {
  const char* source_dir = std::getenv("OVERLOCK_SOURCE_DIR");
  ASSERT_NE(source_dir, nullptr) << "run by ctest, or set it to the checkout";
  for (const char* name : {"async", "expressions", "first-look", "github-service", "legacy-2018", "limits", "neighbour",
                           "responses", "run-as-script", "senders", "twilio-service"}) {
    auto request = ReadAppDirectory(absl::StrCat(source_dir, "/tests/apps/", name));
    ASSERT_THAT(request, IsOk()) << name;
    auto parsed = ParseApp(*request, {&CheckExpression, &validation::CheckSettings});
    ASSERT_THAT(parsed, IsOk()) << name;
    EXPECT_FALSE(parsed->has_errors) << name << "\n" << absl::StrJoin(Lines(*parsed), "\n");
    EXPECT_GT(parsed->application.services_size(), 0) << name;
  }
  auto bad = ReadAppDirectory(absl::StrCat(source_dir, "/tests/apps/bad"));
  ASSERT_THAT(bad, IsOk());
  EXPECT_GE(ParseApp(*bad, {&CheckExpression, &validation::CheckSettings})->problems.size(), 10);
}

}  // namespace
}  // namespace overlock::config
