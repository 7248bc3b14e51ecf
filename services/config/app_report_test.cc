#include "services/config/app_report.h"

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

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// `differs services/s/config.json: type: service of type gcm x1`
std::vector<std::string> Report(const std::map<std::string, std::string>& files) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : files) {
    auto& file = *request.add_files();
    file.set_path(path);
    file.set_content(content);
  }
  auto parsed = ParseApp(request, {});
  EXPECT_THAT(parsed, IsOk());
  EXPECT_FALSE(parsed->has_errors);
  std::vector<std::string> lines;
  for (const v1::ReportRow& row : MakeReport(parsed->application)) {
    std::string verdict = row.verdict() == v1::ReportRow::VERDICT_RUNS      ? "runs"
                          : row.verdict() == v1::ReportRow::VERDICT_DIFFERS ? "differs"
                                                                            : "does not run";
    lines.push_back(absl::StrCat(verdict, " ", row.file(), ": ", row.place(), ": ", row.construct(), " x", row.uses()));
    if (row.verdict() != v1::ReportRow::VERDICT_RUNS) EXPECT_NE(row.explanation(), "") << lines.back();
  }
  return lines;
}

std::map<std::string, std::string> App() {
  return {
      {"stitch.json",
       R"({"name": "app", "hosting": {"enabled": true}, "realm_config": {"development_mode_enabled": false}})"},
      {"services/s/config.json", R"({"name": "s", "type": "http"})"},
      {"services/db/config.json", R"({"name": "db", "type": "mongodb-atlas"})"},
      {"services/db/rules/d.c.json", "{}"},
      {"services/s/incoming_webhooks/w/config.json",
       R"({"name": "w", "respond_result": true, "run_as_authed_user": true, "options": {"httpMethod": "POST", "validationMethod": "NO_VALIDATION"}})"},
      {"services/s/incoming_webhooks/w/source.js",
       "exports = () => {\n  const fs = require('fs');\n  return context.values.get('gone');\n};"},
      {"functions/f/config.json", R"({"name": "f"})"},
      {"functions/f/source.js", "exports = () => require('util').inspect(require('util'));"},
      {"triggers/t.json", "{}"}};
}

TEST(AppReportTest, TellsWhatDoesNotRunWithFileAndPlace) {
  std::vector<std::string> lines = Report(App());
  for (const char* wanted :
       {"does not run stitch.json: hosting: hosting x1", "does not run triggers/t.json: : triggers x1",
        "differs services/db/config.json: type: service of type mongodb-atlas x1",
        "runs services/db/rules/d.c.json: : rules of MongoDB x1",
        "differs services/s/incoming_webhooks/w/config.json: run_as_authed_user: run_as_authed_user x1",
        "does not run services/s/incoming_webhooks/w/source.js: line 2: require('fs') x1"}) {
    EXPECT_THAT(lines, Contains(wanted));
  }
  EXPECT_THAT(lines, Contains(HasSubstr("does not run services/s/incoming_webhooks/w/source.js: line 3: ")));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("realm_config"))));
}

TEST(AppReportTest, TellsWhatRunsOnceWithTheNumberOfItsUses) {
  std::vector<std::string> lines = Report(App());
  EXPECT_THAT(lines, Contains("runs services/s/config.json: type: service of type http x1"));
  EXPECT_THAT(
      lines, Contains("runs services/s/incoming_webhooks/w/config.json: options: request validation NO_VALIDATION x1"));
  EXPECT_THAT(lines, Contains(HasSubstr("runs functions/f/source.js: line 1: require('util')")));
}

TEST(AppReportTest, TellsThatCustomDataAreReadForEachRequest) {
  auto files = App();
  const std::string where = R"("database_name": "d", "collection_name": "c", "user_id_field": "u")";
  files["stitch.json"] = absl::StrCat(
      R"({"name": "app", "custom_user_data_config": {"enabled": true, "mongo_service_name": "db", )", where, "}}");
  EXPECT_THAT(Report(files), Contains("differs stitch.json: custom_user_data_config: custom_user_data_config x1"));
  files["stitch.json"] = R"({"name": "app", "custom_user_data_config": {"enabled": false}})";
  EXPECT_THAT(Report(files), Not(Contains(HasSubstr("custom_user_data"))));
  std::map<std::string, std::string> realm = {
      {"realm_config.json", R"({"name": "app"})"},
      {"data_sources/db/config.json", R"({"name": "db", "type": "mongodb-atlas"})"},
      {"auth/custom_user_data.json", absl::StrCat(R"({"enabled": true, "mongo_service_name": "db", )", where, "}")}};
  EXPECT_THAT(Report(realm), Contains("differs auth/custom_user_data.json: : custom_user_data x1"));
  realm["auth/custom_user_data.json"] = R"({"enabled": false})";
  EXPECT_THAT(Report(realm), Not(Contains(HasSubstr("custom_user_data"))));
}

}  // namespace
}  // namespace overlock::config
