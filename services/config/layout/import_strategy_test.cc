#include "services/config/layout/import_strategy.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/json_text.h"
#include "services/config/layout/app_layout.h"

namespace overlock::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kIdF[] = "5b1a1c0f9d3b2a4c6e8f0a11";
constexpr char kIdG[] = "5b1a1c0f9d3b2a4c6e8f0a12";
constexpr char kIdNew[] = "5b1a1c0f9d3b2a4c6e8f0a99";

using Files = std::map<std::string, std::string>;

class ImportStrategyTest : public testing::Test {
 protected:
  ImportStrategyTest() {
    current_ = Apply(nullptr,
                     {{"stitch.json", R"({"name": "app"})"},
                      {"functions/f/config.json", Function("f", kIdF)},
                      {"functions/f/source.js", "1"},
                      {"functions/g/config.json", Function("g", kIdG)},
                      {"functions/g/source.js", "1"},
                      {"triggers/old.json", "{}"}},
                     v1::IMPORT_STRATEGY_REPLACE);
    EXPECT_THAT(problems_, IsEmpty());
  }

  static std::string Function(const std::string& name, const std::string& id) {
    return absl::StrCat(R"({"name": ")", name, id.empty() ? "" : R"(", "id": ")", id, R"("})");
  }

  AppTree Apply(const AppTree* current, const Files& files, v1::ImportStrategy strategy) {
    ImportProblems problems;
    AppTree read = ReadAppTree(AppFiles::FromMap(files), problems);
    AppTree tree = ApplyStrategy(current, std::move(read), strategy, problems);
    problems_.clear();
    for (const auto& problem : problems.Take()) {
      problems_.push_back(absl::StrCat(problem.file(), ": ", problem.field(), ": ", problem.message()));
    }
    return tree;
  }

  // An import of one function beside a trigger.
  AppTree Import(const std::string& name, const std::string& id, v1::ImportStrategy strategy) {
    return Apply(&current_,
                 {{"stitch.json", R"({"name": "app"})"},
                  {"functions/x/config.json", Function(name, id)},
                  {"functions/x/source.js", "2"},
                  {"triggers/new.json", "{}"}},
                 strategy);
  }

  // `f 1 <id>`, sorted by name.
  static std::vector<std::string> Functions(const AppTree& tree) {
    std::vector<std::string> functions;
    for (const AppEntity& entity : tree.entities) {
      functions.push_back(absl::StrCat(entity.name, " ", entity.source, " ", entity.id));
    }
    return functions;
  }
  static std::string F(std::string_view id) { return absl::StrCat("f 1 ", id); }
  static std::string G(std::string_view id) { return absl::StrCat("g 1 ", id); }

  AppTree current_;
  std::vector<std::string> problems_;
};

TEST_F(ImportStrategyTest, MergeChangesWhatHasTheIdAndKeepsTheRest) {
  AppTree tree = Import("renamed", kIdF, v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_THAT(Functions(tree), ElementsAre(G(kIdG), absl::StrCat("renamed 2 ", kIdF)));
  EXPECT_EQ(tree.kept.size(), 2u);
}

TEST_F(ImportStrategyTest, MergeAddsWhatHasNoId) {
  AppTree tree = Import("h", "", v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_THAT(Functions(tree), ElementsAre(F(kIdF), G(kIdG), HasSubstr("h 2 ")));
}

TEST_F(ImportStrategyTest, MergeRefusesIdsThatTheApplicationDoesNotHave) {
  Import("h", kIdNew, v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("functions/x/config.json: id: the application has no function with")));
  Import("h", "nonsense", v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("id: must be 24 hexadecimal digits")));
}

TEST_F(ImportStrategyTest, MergeRefusesANewOneWithATakenName) {
  Import("f", "", v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_,
              ElementsAre(HasSubstr(absl::StrCat("name: 'f' is taken in the application by one with the id ", kIdF))));
}

TEST_F(ImportStrategyTest, ReplaceDeletesWhatIsNotThere) {
  AppTree tree = Import("renamed", kIdF, v1::IMPORT_STRATEGY_REPLACE);
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_THAT(Functions(tree), ElementsAre(absl::StrCat("renamed 2 ", kIdF)));
  EXPECT_EQ(tree.kept.size(), 1u);
}

TEST_F(ImportStrategyTest, ReplaceTakesUnknownIds) {
  EXPECT_THAT(Functions(Import("h", kIdNew, v1::IMPORT_STRATEGY_REPLACE)), ElementsAre(absl::StrCat("h 2 ", kIdNew)));
  EXPECT_THAT(Functions(Import("h", "nonsense", v1::IMPORT_STRATEGY_REPLACE)), ElementsAre(HasSubstr("h 2 ")));
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("is not 24 hexadecimal digits and is replaced")));
}

TEST_F(ImportStrategyTest, ReplaceByNameKeepsTheIdsOfWhatHasTheName) {
  EXPECT_THAT(Functions(Import("f", kIdNew, v1::IMPORT_STRATEGY_REPLACE_BY_NAME)),
              ElementsAre(absl::StrCat("f 2 ", kIdF)));
  EXPECT_THAT(Functions(Import("f", "", v1::IMPORT_STRATEGY_UNSPECIFIED)), ElementsAre(absl::StrCat("f 2 ", kIdF)));
}

TEST_F(ImportStrategyTest, ReplaceByNameDoesNotGiveANewOneTheIdOfAnother) {
  AppTree tree = Import("h", kIdF, v1::IMPORT_STRATEGY_REPLACE_BY_NAME);
  ASSERT_EQ(tree.entities.size(), 1u);
  EXPECT_NE(tree.entities[0].id, kIdF);
  EXPECT_EQ(tree.entities[0].id.size(), 24u);
}

TEST_F(ImportStrategyTest, SaysThatAnIdIsThereTwice) {
  Apply(nullptr,
        {{"stitch.json", R"({"name": "app"})"},
         {"functions/f/config.json", Function("f", kIdF)},
         {"functions/f/source.js", "1"},
         {"functions/g/config.json", Function("g", kIdF)},
         {"functions/g/source.js", "1"}},
        v1::IMPORT_STRATEGY_REPLACE);
  EXPECT_THAT(problems_,
              ElementsAre(HasSubstr(absl::StrCat("functions/g/config.json: id: ", kIdF, " is there twice"))));
}

TEST_F(ImportStrategyTest, MergeMovesTheWebhooksOfARenamedService) {
  AppTree current =
      Apply(nullptr,
            {{"stitch.json", R"({"name": "app"})"},
             {"services/s/config.json", R"({"id": "5b1a1c0f9d3b2a4c6e8f0a21", "name": "s", "type": "http"})"},
             {"services/s/incoming_webhooks/w/config.json", R"({"name": "w"})"},
             {"services/s/incoming_webhooks/w/source.js", "1"}},
            v1::IMPORT_STRATEGY_REPLACE);
  AppTree tree =
      Apply(&current,
            {{"stitch.json", R"({"name": "app"})"},
             {"services/t/config.json", R"({"id": "5b1a1c0f9d3b2a4c6e8f0a21", "name": "t", "type": "http"})"}},
            v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_NE(tree.Find(v1::ENTITY_KIND_WEBHOOK, "t", "w"), nullptr);
}

TEST_F(ImportStrategyTest, MergeRefusesAnotherLayout) {
  Apply(&current_, {{"config.json", R"({"name": "app"})"}}, v1::IMPORT_STRATEGY_MERGE);
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("config.json: : the application has the layout of stitch.json")));
}

TEST_F(ImportStrategyTest, GivesANewEntityAnIdThatNobodyHas) {
  AppEntity function;
  function.kind = v1::ENTITY_KIND_FUNCTION;
  function.name = "h";
  std::string first = MakeEntityId(current_, function);
  EXPECT_EQ(MakeEntityId(current_, function), first);
  function.id = first;
  current_.entities.push_back(function);
  EXPECT_NE(MakeEntityId(current_, function), first);
}

TEST_F(ImportStrategyTest, LeavesTheWebSiteAloneUnlessTheFilesHaveOne) {
  const Files root = {{"stitch.json", R"({"name": "app"})"}};
  auto with = [&root](const Files& more) {
    Files files = root;
    files.insert(more.begin(), more.end());
    return files;
  };
  AppTree current =
      Apply(nullptr, with({{"hosting/files/a", "1"}, {"hosting/files/b", "1"}, {"hosting/metadata.json", "[]"}}),
            v1::IMPORT_STRATEGY_REPLACE);
  auto after = [&](const Files& files, v1::ImportStrategy strategy) { return Apply(&current, files, strategy).kept; };
  for (v1::ImportStrategy strategy : {v1::IMPORT_STRATEGY_REPLACE, v1::IMPORT_STRATEGY_REPLACE_BY_NAME}) {
    EXPECT_EQ(after(root, strategy), (Files{{"hosting/files/a", "1"}, {"hosting/files/b", "1"}}));
    EXPECT_EQ(after(with({{"hosting/files/a", "2"}}), strategy), (Files{{"hosting/files/a", "2"}}));
    EXPECT_THAT(after(with({{"hosting/files", ""}}), strategy), IsEmpty());
  }
  EXPECT_EQ(after(with({{"hosting/files", ""}, {"hosting/files/a", "2"}}), v1::IMPORT_STRATEGY_MERGE),
            (Files{{"hosting/files/a", "2"}, {"hosting/files/b", "1"}, {"hosting/metadata.json", "[]"}}));
}

}  // namespace
}  // namespace overlock::config
