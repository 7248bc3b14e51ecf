// Rules of MongoDB services: from the files of both layouts to what the executor gets.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/app_parser.h"
#include "services/config/expression_check.h"
#include "services/config/view_builder.h"

namespace overlock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Files = std::map<std::string, std::string>;

ParsedApp Parse(const Files& files) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : files) {
    auto* file = request.add_files();
    file->set_path(path);
    file->set_content(content);
  }
  absl::StatusOr<ParsedApp> parsed = ParseApp(request, {&CheckExpression, nullptr});
  EXPECT_THAT(parsed, IsOk());
  return parsed.ok() ? *std::move(parsed) : ParsedApp();
}

Files Stitch() {
  return {{"stitch.json", R"({"name": "app", "app_id": "app-abcde"})"},
          {"services/db/config.json", R"({"name": "db", "type": "mongodb-atlas"})"}};
}
Files Realm() {
  return {{"realm_config.json", R"({"name": "app", "app_id": "app-abcde", "config_version": 20210101})"},
          {"data_sources/db/config.json", R"({"name": "db", "type": "mongodb-atlas", "config": {}})"}};
}

std::vector<std::string> Problems(const ParsedApp& parsed) {
  std::vector<std::string> lines;
  for (const auto& problem : parsed.problems) {
    lines.push_back(absl::StrCat(problem.file(), ": ", problem.field(), ": ", problem.message()));
  }
  return lines;
}

// `database.collection roles filters schema`, as the executor sees them.
std::vector<std::string> RulesOf(const ParsedApp& parsed) {
  std::vector<std::string> lines;
  v1::AppView view = BuildView(v1::VIEW_EXECUTOR, parsed.application, 7);
  for (const auto& service : view.executor().services()) {
    for (const v1::DataRule& rule : service.data_rules()) {
      lines.push_back(absl::StrCat(rule.database(), ".", rule.collection(), " ", rule.roles_json(), " ",
                                   rule.filters_json(), " ", rule.schema_json()));
    }
  }
  return lines;
}

TEST(DataRuleParserTest, ReadsTheRulesOfLayoutF1) {
  Files files = Stitch();
  files["services/db/rules/shop.orders.json"] =
      R"({"database": "shop", "collection": "orders.old", "roles": [{"name": "r", "apply_when": {"owner": "%%user.id"}}],
          "filters": [{"name": "f", "query": {}}], "schema": {"bsonType": "object"}})";
  files["services/db/rules/shop.items.json"] = R"({"roles": [], "filters": [], "schema": {}})";
  files["services/db/default_rule.json"] = R"({"roles": [{"read": true}]})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Problems(parsed), IsEmpty());
  EXPECT_THAT(RulesOf(parsed), ElementsAre(R"(. [{"read":true}]  )", "shop.items []  ",
                                           R"(shop.orders.old [{"name":"r","apply_when":{"owner":"%%user.id"}}] )"
                                           R"([{"name":"f","query":{}}] {"bsonType":"object"})"));
}

TEST(DataRuleParserTest, ReadsTheRulesOfLayoutF3) {
  Files files = Realm();
  files["data_sources/db/shop/orders/rules.json"] =
      R"({"database": "shop", "collection": "orders", "roles": [{"read": true}]})";
  files["data_sources/db/shop/orders/schema.json"] = R"({"title": "order"})";
  files["data_sources/db/shop/items/schema.json"] = R"({"title": "item"})";
  files["data_sources/db/shop/items/relationships.json"] = "{}";
  files["data_sources/db/default_rule.json"] = R"({"roles": []})";
  ParsedApp parsed = Parse(files);
  EXPECT_THAT(Problems(parsed), IsEmpty());
  EXPECT_THAT(RulesOf(parsed), ElementsAre(". []  ", R"(shop.items   {"title":"item"})",
                                           R"(shop.orders [{"read":true}]  {"title":"order"})"));
}

TEST(DataRuleParserTest, WhatCannotBeReadAllowsNothing) {
  Files files = Stitch();
  files["services/db/rules/shop.orders.json"] = "{";
  files["services/db/rules/shop.items.json"] = R"({"roles": {}})";
  ParsedApp parsed = Parse(files);
  EXPECT_FALSE(parsed.has_errors);
  EXPECT_THAT(Problems(parsed), ElementsAre("services/db/rules/shop.items.json: roles: must be an array, not an object",
                                            HasSubstr("services/db/rules/shop.orders.json: : ")));
  EXPECT_THAT(RulesOf(parsed), ElementsAre("shop.items []  ", "shop.orders []  "));
}

TEST(DataRuleParserTest, ASchemaThatCannotBeReadLetsNobodyWrite) {
  Files files = Realm();
  files["data_sources/db/shop/orders/schema.json"] = "[]";
  EXPECT_THAT(RulesOf(Parse(files)), ElementsAre("shop.orders   false"));
}

TEST(DataRuleParserTest, WarnsOfExpressionsThatDoNotParse) {
  Files files = Stitch();
  files["services/db/rules/shop.orders.json"] =
      R"({"roles": [{"apply_when": {"%%args.a": 1}, "fields": {"a": {"write": {"b": {"%near": 1}}}},
                     "additional_fields": {"read": 5}}],
          "filters": [{"apply_when": {"%%nobody": 1}}], "schema": {"properties": {"a": {"validate": {"%%that": 1}}}}})";
  EXPECT_THAT(Problems(Parse(files)),
              UnorderedElementsAre(HasSubstr("filters[0].apply_when: expression.%%nobody"),
                                   HasSubstr("roles[0].additional_fields.read: expression: must be an object"),
                                   HasSubstr("roles[0].apply_when: expression.%%args.a: %%args has no meaning"),
                                   HasSubstr("roles[0].fields.a.write: expression.b.%near: unknown operator"),
                                   HasSubstr("schema.properties.a.validate: expression.%%that: unknown expansion")));
}

TEST(DataRuleParserTest, OtherServicesHaveNone) {
  Files files = Stitch();
  files["services/db/config.json"] = R"({"name": "db", "type": "http"})";
  files["services/db/rules/r.json"] = R"({"name": "r", "actions": ["get"]})";
  EXPECT_THAT(RulesOf(Parse(files)), IsEmpty());
}

}  // namespace
}  // namespace overlock::config
