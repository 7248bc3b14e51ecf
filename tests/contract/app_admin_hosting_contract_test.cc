// The files of a web site, which are kept and not served.
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/contract/app_admin_fixture.h"

namespace overlock::config {
namespace {

using ::testing::ElementsAre;

TEST_P(AppAdminContract, KeepsAWebSiteByteForByteAndThroughEverythingElse) {
  const std::string bytes("\0\xff\r\n\x80", 5);
  auto import = [&](const std::map<std::string, std::string>& more) {
    v1::ImportAppRequest request;
    auto add = [&request](const std::string& path, const std::string& content) {
      request.add_files()->set_path(path);
      request.mutable_files()->rbegin()->set_content(content);
    };
    for (const auto& [path, content] : Export()) add(path, content);
    for (const auto& [path, content] : more) add(path, content);
    request.set_with_diffs(true);
    return BlockOn(config_.registry().ImportApp(request, call_));
  };
  auto brought = import({{"hosting/files/img/logo.png", bytes}, {"hosting/files/empty", ""}});
  ASSERT_THAT(brought, IsOk());
  EXPECT_THAT(brought->diffs(), testing::Contains("Binary files /dev/null and hosting/files/img/logo.png differ\n"));
  v1::ExportAppRequest with_hosting;
  with_hosting.set_include_hosting(true);
  EXPECT_EQ(Export(with_hosting).at("hosting/files/img/logo.png"), bytes);
  EXPECT_EQ(Export(with_hosting).at("hosting/files/empty"), "");
  EXPECT_EQ(Export().count("hosting/files/empty"), 0u);
  auto without = AskApp(&AppAdmin::ExportApp);
  ASSERT_THAT(without, IsOk());
  EXPECT_THAT(without->left_out(), ElementsAre("hosting/files: 2 files"));
  // An import without them leaves them alone, and so does every other change.
  auto again = import({});
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->unchanged());
  ASSERT_THAT(Ask(&AppAdmin::UpdateEntity, SourceUpdate("exports = 2;")), IsOk());
  EXPECT_EQ(Export(with_hosting).at("hosting/files/img/logo.png"), bytes);
  // The folder itself says that there are to be no others.
  ASSERT_THAT(import({{"hosting/files", ""}, {"hosting/files/empty", ""}}), IsOk());
  EXPECT_EQ(Export(with_hosting).count("hosting/files/img/logo.png"), 0u);
  v1::RollbackAppRequest back;
  back.set_app_id(kApp);
  ASSERT_THAT(Ask(&AppAdmin::RollbackApp, back), IsOk());
  EXPECT_EQ(Export(with_hosting).at("hosting/files/img/logo.png"), bytes);
}

TEST_P(AppAdminContract, RefusesAWebSiteBeyondItsLimits) {
  v1::ImportAppRequest request;
  for (const auto& [path, content] : Export()) {
    request.add_files()->set_path(path);
    request.mutable_files()->rbegin()->set_content(content);
  }
  v1::ImportAppRequest large = request;
  for (const char* name : {"a", "b", "c"}) {
    large.add_files()->set_path(absl::StrCat("hosting/files/", name));
    large.mutable_files()->rbegin()->set_content(std::string(3 * 1024 * 1024, 'x'));
  }
  for (int i = 0; i <= 1000; ++i) request.add_files()->set_path(absl::StrCat("hosting/files/", i));
  for (const auto& [tried, why] :
       {std::pair(large, "has 9437184 bytes; at most 8388608"), std::pair(request, "has 1001 files; at most 1000")}) {
    auto response = BlockOn(config_.registry().ImportApp(tried, call_));
    ASSERT_THAT(response, IsOk());
    ASSERT_FALSE(response->has_app());
    EXPECT_EQ(response->problems(0).file(), "hosting/files");
    EXPECT_EQ(response->problems(0).message(), why);
  }
}

}  // namespace
}  // namespace overlock::config
