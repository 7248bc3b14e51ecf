#include "services/config/layout/app_layout.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/app_directory.h"
#include "services/config/app_parser.h"

namespace overlock::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

using Files = std::map<std::string, std::string>;

v1::ImportAppRequest Request(const Files& files) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : files) {
    auto& file = *request.add_files();
    file.set_path(path);
    file.set_content(content);
  }
  return request;
}

std::vector<std::string> Lines(const ParsedApp& parsed) {
  std::vector<std::string> lines;
  for (const auto& problem : parsed.problems) {
    lines.push_back(absl::StrCat(problem.severity() == v1::ImportProblem::SEVERITY_ERROR ? "error " : "warning ",
                                 problem.file(), ": ", problem.field(), ": ", problem.message()));
  }
  return lines;
}

ParsedApp Parse(const Files& files, const v1::Application* current = nullptr) {
  absl::StatusOr<ParsedApp> parsed = ParseApp(Request(files), {}, current);
  EXPECT_THAT(parsed, IsOk());
  return parsed.ok() ? *std::move(parsed) : ParsedApp();
}

Files Export(const v1::Application& application, ExportForm form = ExportForm::kPlain) {
  return WriteAppTree(FromDocument(application.document()), form);
}

Files StitchApp() {
  return {{"stitch.json", R"({"name": "app", "security": {"allowed_request_origins": []}})"},
          {"services/folder/config.json", R"({"name": "hooks", "type": "http", "config": {}, "version": 1})"},
          {"services/folder/rules/x.json", R"({"name": "allow", "actions": ["get"], "when": {"%%true": true}})"},
          {"services/folder/incoming_webhooks/w0/config.json",
           R"({"_id": "5B1a1c0f9d3b2a4c6e8f0a11", "name": "csv", "respond_result": true, "colour": [1.50, {"a": null}],
               "options": {"httpMethod": "POST", "validationMethod": "VERIFY_PAYLOAD", "secret": "s"}})"},
          {"services/folder/incoming_webhooks/w0/source.js", "exports = function() {};\r\n"},
          {"services/db/config.json",
           R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "c"}})"},
          {"services/db/rules/d.c.json", R"({"database":"d","collection":"c"})"},
          {"functions/f/config.json", R"({"name": "f", "private": true})"},
          {"functions/f/source.js", "exports = () => 1;"},
          {"values/v.json", R"({"name": "v", "value": {"a": 1e3}})"},
          {"auth_providers/api-key.json", R"({"name": "api-key", "type": "api-key", "disabled": false})"},
          {"triggers/t.json", "{\"name\":\t\"t\"}"},
          {"secrets.json", R"({"services": {"hooks": {"k": "hush"}}})"},
          {"README.js", "not of the application"}};
}

Files RealmApp() {
  return {
      {"realm_config.json",
       R"({"app_id": "app-abcde", "config_version": 20210101, "name": "app", "environment": "",
               "deployment_model": "LOCAL", "provider_region": "aws-us-east-1", "allowed_request_origins": ["https://a.com"]})"},
      {"auth/providers.json", R"({"api-key": {"name": "api-key", "type": "api-key", "disabled": true}})"},
      {"auth/custom_user_data.json", R"({"enabled":false})"},
      {"data_sources/mongodb-atlas/config.json", R"({"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}})"},
      {"data_sources/mongodb-atlas/d/c/rules.json", R"({"roles":[]})"},
      {"functions/config.json", R"([{"name": "z/deep", "private": false}, {"name": "f", "private": true}])"},
      {"functions/f.js", "exports = () => 1;"},
      {"functions/z/deep.js", "exports = () => 2;"},
      {"functions/unnamed.js", "exports = () => 3;"},
      {"functions/node_modules/x/index.js", "never read"},
      {"http_endpoints/config.json",
       R"([{"route": "/a/b", "http_method": "GET", "function_name": "f", "respond_result": true}])"},
      {"http_endpoints/data_api_config.json", "{}"},
      {"http_endpoints/hooks/config.json", R"({"name": "hooks", "type": "http", "config": {}})"},
      {"http_endpoints/hooks/incoming_webhooks/w/config.json",
       R"({"name": "w", "respond_result": false, "options": {"httpMethod": "ANY", "validationMethod": "NO_VALIDATION"}})"},
      {"http_endpoints/hooks/incoming_webhooks/w/source.js", "exports = () => 4;"},
      {"services/git/config.json", R"({"name": "git", "type": "github", "config": {}})"},
      {"services/git/incoming_webhooks/push/config.json",
       R"({"name": "push", "respond_result": true, "options": {"secret": "s"}})"},
      {"services/git/incoming_webhooks/push/source.js", "exports = () => 5;"},
      {"sync/config.json", "{}"},
      {"values/v.json", R"({"name": "v", "value": "key", "from_secret": true})"}};
}

TEST(AppLayoutTest, WritesAStitchApplicationUnderItsOwnNames) {
  ParsedApp parsed = Parse(StitchApp());
  ASSERT_FALSE(parsed.has_errors) << absl::StrJoin(Lines(parsed), "\n");
  Files files = Export(parsed.application);
  EXPECT_EQ(files.at("services/hooks/incoming_webhooks/csv/source.js"), "exports = function() {};\r\n");
  EXPECT_EQ(files.at("services/hooks/incoming_webhooks/csv/config.json"),
            "{\n    \"id\": \"5b1a1c0f9d3b2a4c6e8f0a11\",\n    \"name\": \"csv\",\n    \"respond_result\": true,\n"
            "    \"colour\": [\n        1.50,\n        {\n            \"a\": null\n        }\n    ],\n"
            "    \"options\": {\n        \"httpMethod\": \"POST\",\n        \"validationMethod\": \"VERIFY_PAYLOAD\",\n"
            "        \"secret\": \"s\"\n    }\n}\n");
  EXPECT_THAT(files, Contains(Key("services/hooks/rules/allow.json")));
  EXPECT_EQ(files.at("services/mongodb-atlas/rules/d.c.json"), R"({"database":"d","collection":"c"})");
  EXPECT_EQ(files.at("triggers/t.json"), "{\"name\":\t\"t\"}");
  EXPECT_THAT(files.at("stitch.json"), HasSubstr("\"app_id\": \"app-"));
  EXPECT_THAT(files, Not(Contains(Key("secrets.json"))));
  EXPECT_THAT(files, Not(Contains(Key("README.js"))));
}

TEST(AppLayoutTest, ReadsARealmApplication) {
  ParsedApp parsed = Parse(RealmApp());
  ASSERT_FALSE(parsed.has_errors) << absl::StrJoin(Lines(parsed), "\n");
  const v1::Application& app = parsed.application;
  EXPECT_EQ(app.config_version(), 20210101);
  EXPECT_THAT(app.allowed_request_origins(), ElementsAre("https://a.com"));
  ASSERT_EQ(app.services_size(), 3);
  EXPECT_EQ(app.services(0).name(), "git");
  EXPECT_EQ(app.services(0).webhooks(0).secret(), "s");
  EXPECT_EQ(app.services(1).webhooks(0).http_method(), v1::HTTP_METHOD_ANY);
  EXPECT_EQ(app.services(2).type(), "mongodb-atlas");
  ASSERT_EQ(app.functions_size(), 3);
  EXPECT_EQ(app.functions(0).source(), "exports = () => 1;");
  EXPECT_EQ(app.functions(1).name(), "unnamed");
  EXPECT_EQ(app.functions(2).name(), "z/deep");
  EXPECT_TRUE(app.auth_providers(0).disabled());
}

TEST(AppLayoutTest, WritesARealmApplicationWhereItWas) {
  Files files = Export(Parse(RealmApp()).application);
  std::vector<std::string> paths;
  for (const auto& [path, content] : RealmApp()) {
    if (path.find("node_modules") == std::string::npos) EXPECT_THAT(files, Contains(Key(path)));
  }
  EXPECT_EQ(files.size(), RealmApp().size() - 1);
  EXPECT_THAT(files.at("functions/config.json"), HasSubstr("\"name\": \"unnamed\",\n        \"private\": true"));
  EXPECT_THAT(files.at("values/v.json"), Not(HasSubstr("\"id\"")));
}

TEST(AppLayoutTest, GivesTheSameBytesAfterTheFirstExport) {
  for (const Files& app : {StitchApp(), RealmApp()}) {
    ParsedApp first = Parse(app);
    Files once = Export(first.application);
    ParsedApp second = Parse(once, &first.application);
    EXPECT_FALSE(second.has_errors) << absl::StrJoin(Lines(second), "\n");
    EXPECT_EQ(second.application.SerializeAsString(), first.application.SerializeAsString());
    EXPECT_EQ(Export(second.application), once);
  }
}

TEST(AppLayoutTest, LeavesIdsOutOfTemplatesAndSourceControl) {
  for (ExportForm form : {ExportForm::kTemplate, ExportForm::kSourceControl}) {
    for (const Files& app : {StitchApp(), RealmApp()}) {
      for (const auto& [path, content] : Export(Parse(app).application, form)) {
        EXPECT_THAT(content, Not(HasSubstr("\"id\""))) << path;
        EXPECT_THAT(content, Not(HasSubstr("\"app_id\""))) << path;
      }
    }
  }
}

TEST(AppLayoutTest, SaysWhereInAFileOfSeveralEntitiesSomethingIsWrong) {
  Files files = RealmApp();
  files["functions/config.json"] = R"([{"name": "f", "private": 1}, 7, {"name": "gone"}, {"name": "/x"}, {}])";
  files["auth/providers.json"] = R"({"magic": {"type": "magic"}, "b": []})";
  files["functions/x.js"] = "exports = 1;";
  std::vector<std::string> lines = Lines(Parse(files));
  for (const char* wanted :
       {"error functions/config.json: [0].private: must be true or false, not the number 1",
        "error functions/config.json: [1]: must be an object, not a number",
        "error functions/gone.js: : the file is missing",
        "error functions/config.json: [3].name: must have something on both sides of every slash",
        "error functions/config.json: [4].name: is required", "error auth/providers.json: magic.type: 'magic' is not",
        "error auth/providers.json: b: must be an object, not an array"}) {
    EXPECT_THAT(lines, Contains(HasSubstr(wanted)));
  }
}

TEST(AppLayoutTest, RefusesWhatHasNoRootFileThatItKnows) {
  Files files = StitchApp();
  files["root_config.json"] = "{}";
  EXPECT_THAT(Lines(Parse(files)),
              ElementsAre(HasSubstr("error root_config.json: : applications of the App Services")));
  files = StitchApp();
  files["realm_config.json"] = "{}";
  EXPECT_THAT(Lines(Parse(files)), ElementsAre(HasSubstr("error realm_config.json: : stands beside stitch.json")));
  files = StitchApp();
  files.erase("stitch.json");
  EXPECT_THAT(Lines(Parse(files)), ElementsAre(HasSubstr("there is no stitch.json")));
}

TEST(AppLayoutTest, WritesEverySampleApplicationTwiceTheSame) {
  const char* source_dir = std::getenv("OVERLOCK_SOURCE_DIR");
  ASSERT_NE(source_dir, nullptr) << "run by ctest, or set it to the checkout";
  for (const char* name : {"async", "endpoints", "expressions", "first-look", "github-service", "legacy-2018", "limits",
                           "neighbour", "responses", "run-as-script", "senders", "twilio-service"}) {
    auto request = ReadAppDirectory(absl::StrCat(source_dir, "/tests/apps/", name));
    ASSERT_THAT(request, IsOk()) << name;
    auto first = ParseApp(*request, {});
    ASSERT_THAT(first, IsOk()) << name;
    Files once = Export(first->application);
    ParsedApp second = Parse(once, &first->application);
    EXPECT_FALSE(second.has_errors) << name;
    EXPECT_EQ(Export(second.application), once) << name;
  }
}

}  // namespace
}  // namespace overlock::config
