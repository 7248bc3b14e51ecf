#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/app_parser.h"

namespace overlock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Files = std::map<std::string, std::string>;

constexpr char kRest[] = R"("database_name": "people", "collection_name": "members", "user_id_field": "user")";

ParsedApp Parse(const Files& files) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : files) {
    auto* file = request.add_files();
    file->set_path(path);
    file->set_content(content);
  }
  absl::StatusOr<ParsedApp> parsed = ParseApp(request, {});
  EXPECT_THAT(parsed, IsOk());
  return parsed.ok() ? *std::move(parsed) : ParsedApp();
}

// Layout F1 with two services, of which one is of MongoDB; `fields` stand in its custom_user_data_config.
Files App(const std::string& fields) {
  return {{"stitch.json", absl::StrCat(R"({"app_id": "app-abcde", "config_version": 20180301, "name": "app",
                                           "custom_user_data_config": {)",
                                       fields, "}}")},
          {"services/s/config.json", R"({"name": "s", "type": "http", "config": {}})"},
          {"services/db/config.json",
           R"({"id": "5b1a1c0f9d3b2a4c6e8f0a11", "name": "db", "type": "mongodb-atlas", "config": {}})"}};
}

Files WithSecondDatabase(Files files) {
  files["services/db2/config.json"] = R"({"name": "db2", "type": "mongodb", "config": {}})";
  return files;
}

// `error FIELD: MESSAGE`
std::vector<std::string> Lines(const ParsedApp& parsed) {
  std::vector<std::string> lines;
  for (const auto& problem : parsed.problems) {
    lines.push_back(absl::StrCat(problem.severity() == v1::ImportProblem::SEVERITY_ERROR ? "error " : "warning ",
                                 problem.field(), ": ", problem.message()));
  }
  return lines;
}

TEST(CustomUserDataParserTest, ReadsWhereTheyAreFromTheRootFile) {
  ParsedApp parsed = Parse(App(absl::StrCat(R"("enabled": true, "mongo_service_name": "db", )", kRest)));
  EXPECT_THAT(Lines(parsed), IsEmpty());
  const v1::CustomUserData& data = parsed.application.custom_user_data();
  EXPECT_TRUE(data.enabled());
  EXPECT_EQ(data.mongo_service_name(), "db");
  EXPECT_EQ(data.database_name(), "people");
  EXPECT_EQ(data.collection_name(), "members");
  EXPECT_EQ(data.user_id_field(), "user");
}

TEST(CustomUserDataParserTest, ReadsWhereTheyAreFromTheFileOfLayoutF3) {
  Files files = {
      {"realm_config.json", R"({"app_id": "app-abcde", "config_version": 20210101, "name": "app"})"},
      {"data_sources/db/config.json", R"({"name": "db", "type": "mongodb-atlas", "config": {}})"},
      {"auth/custom_user_data.json", absl::StrCat(R"({"enabled": true, "mongo_service_name": "db", )", kRest, "}")}};
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(parsed.application.custom_user_data().collection_name(), "members");
  files["auth/custom_user_data.json"] = R"({"enabled": true})";
  parsed = Parse(files);
  EXPECT_TRUE(parsed.has_errors);
  EXPECT_EQ(parsed.problems[0].file(), "auth/custom_user_data.json");
}

TEST(CustomUserDataParserTest, FindsTheServiceByItsId) {
  const Files app = App(absl::StrCat(R"("enabled": true, "mongo_service_id": "5b1a1c0f9d3b2a4c6e8f0a11", )", kRest));
  ParsedApp parsed = Parse(WithSecondDatabase(app));
  EXPECT_THAT(Lines(parsed), IsEmpty());
  EXPECT_EQ(parsed.application.custom_user_data().mongo_service_name(), "db");
}

TEST(CustomUserDataParserTest, TakesTheOnlyServiceWhereNoneHasTheId) {
  const Files app = App(absl::StrCat(R"("enabled": true, "mongo_service_id": "5b1a1c0f9d3b2a4c6e8f0a99", )", kRest));
  ParsedApp parsed = Parse(app);
  EXPECT_THAT(Lines(parsed),
              ElementsAre(HasSubstr("warning custom_user_data_config.mongo_service_id: no service has")));
  EXPECT_EQ(parsed.application.custom_user_data().mongo_service_name(), "db");
  EXPECT_THAT(Lines(Parse(WithSecondDatabase(app))),
              ElementsAre(HasSubstr("error custom_user_data_config.mongo_service_id: no MongoDB service has the id")));
}

TEST(CustomUserDataParserTest, ChecksEveryField) {
  struct Case {
    const char* fields;
    const char* wanted;
  };
  const Case kCases[] = {
      {R"("enabled": 1)", "error custom_user_data_config.enabled: must be true or false"},
      {R"("enabled": true, "database_name": "d", "collection_name": "c", "user_id_field": "u")",
       "error custom_user_data_config.mongo_service_name: is required"},
      {R"("enabled": true, "mongo_service_name": "s", "database_name": "d", "collection_name": "c", "user_id_field": "u")",
       "error custom_user_data_config.mongo_service_name: there is no MongoDB service 's'"},
      {R"("enabled": true, "mongo_service_name": "db", "collection_name": "c", "user_id_field": "u")",
       "error custom_user_data_config.database_name: is required"},
      {R"("enabled": true, "mongo_service_name": "db", "database_name": "d", "collection_name": "", "user_id_field": "u")",
       "error custom_user_data_config.collection_name: must not be empty"},
      {R"("enabled": true, "mongo_service_name": "db", "database_name": "d", "collection_name": "c")",
       "error custom_user_data_config.user_id_field: is required"},
      {R"("enabled": true, "mongo_service_name": "db", "database_name": "d", "collection_name": "c", "user_id_field": "$where")",
       "error custom_user_data_config.user_id_field: must be the name of a field"},
      {R"("enabled": true, "mongo_service_name": "db", "database_name": "d", "collection_name": "c", "user_id_field": "a\u0000b")",
       "error custom_user_data_config.user_id_field: must be the name of a field"},
      {R"("enabled": true, "mongo_service_name": "db", "database_name": "d", "collection_name": "c", "user_id_field": "u",
          "on_user_creation_function_name": "f")",
       "warning custom_user_data_config.on_user_creation_function_name: is not called"},
  };
  for (const Case& c : kCases) EXPECT_THAT(Lines(Parse(App(c.fields))), ElementsAre(HasSubstr(c.wanted))) << c.fields;
}

TEST(CustomUserDataParserTest, WhatIsSwitchedOffMayBeHalfFilledIn) {
  for (const char* fields : {"", R"("enabled": false)", R"("enabled": false, "mongo_service_name": "gone")"}) {
    ParsedApp parsed = Parse(App(fields));
    EXPECT_THAT(Lines(parsed), IsEmpty()) << fields;
    EXPECT_FALSE(parsed.application.has_custom_user_data()) << fields;
  }
}

}  // namespace
}  // namespace overlock::config
