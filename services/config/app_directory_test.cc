#include "services/config/app_directory.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::config {
namespace {

namespace fs = std::filesystem;

class AppDirectoryTest : public ::testing::Test {
 protected:
  AppDirectoryTest() {
    std::string pattern = ::testing::TempDir() + "/overlock_app_XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~AppDirectoryTest() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << content;
  }
  std::vector<std::string> Paths(const std::string& below = "") {
    auto request = ReadAppDirectory((root_ / below).string());
    EXPECT_THAT(request, IsOk());
    std::vector<std::string> paths;
    if (request.ok()) {
      for (const auto& file : request->files()) paths.push_back(file.path());
    }
    return paths;
  }

  fs::path root_;
};

using ::testing::ElementsAre;

TEST_F(AppDirectoryTest, ReadsFilesWithTheirPathsBelowTheRoot) {
  Write("stitch.json", "{}");
  Write("values/a.json", "1");
  Write("services/s/incoming_webhooks/w/source.js", "exports = 1");
  EXPECT_THAT(Paths(), ElementsAre("services/s/incoming_webhooks/w/source.js", "stitch.json", "values/a.json"));
  auto request = ReadAppDirectory(root_.string());
  EXPECT_EQ(request->files(0).content(), "exports = 1");
}

TEST_F(AppDirectoryTest, LeavesOutWhatIsNoPartOfAnApplication) {
  Write("stitch.json", "{}");
  Write(".git/config.json", "{}");
  Write("functions/node_modules/x/index.js", "x");
  Write("hosting/files/app.js", "x");
  Write("hosting/metadata.json", "[]");
  Write("README.md", "x");
  fs::create_symlink(root_ / "stitch.json", root_ / "link.json");
  EXPECT_THAT(Paths(), ElementsAre("hosting/metadata.json", "stitch.json"));
}

TEST_F(AppDirectoryTest, SearchesUpwardsPastConfigFilesThatAreNotAnApplications) {
  Write("config.json", R"({"config_version": 20200603, "name": "a"})");
  Write("services/s/config.json", R"({"name": "s", "type": "http"})");
  Write("services/s/incoming_webhooks/w/config.json", R"({"name": "w"})");
  EXPECT_EQ(Paths("services/s/incoming_webhooks/w"), Paths());
}

TEST_F(AppDirectoryTest, SearchesEightLevelsAndNoMore) {
  Write("stitch.json", "{}");
  Write("1/2/3/4/5/6/7/8/9/a.txt", "");
  EXPECT_THAT(ReadAppDirectory((root_ / "1/2/3/4/5/6/7/8").string()), IsOk());
  EXPECT_THAT(ReadAppDirectory((root_ / "1/2/3/4/5/6/7/8/9").string()),
              StatusIs(absl::StatusCode::kNotFound, "APP_ROOT_NOT_FOUND"));
}

TEST_F(AppDirectoryTest, SaysThatThereIsNoApplication) {
  Write("config.json", R"({"name": "a function"})");
  EXPECT_THAT(ReadAppDirectory(root_.string()), StatusIs(absl::StatusCode::kNotFound, "APP_ROOT_NOT_FOUND"));
  EXPECT_THAT(ReadAppDirectory((root_ / "none").string()), StatusIs(absl::StatusCode::kNotFound, "APP_ROOT_NOT_FOUND"));
}

TEST_F(AppDirectoryTest, RefusesFilesBeyondTheLimits) {
  Write("stitch.json", "{}");
  Write("values/a.json", std::string(kImportFileBytesMax, ' '));
  EXPECT_THAT(ReadAppDirectory(root_.string()), IsOk());
  Write("values/a.json", std::string(kImportFileBytesMax + 1, ' '));
  EXPECT_THAT(ReadAppDirectory(root_.string()), StatusIs(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE"));
  for (const char* name : {"a", "b", "c", "d"}) {
    Write(std::string("values/") + name + ".json", std::string(kImportFileBytesMax, ' '));
  }
  EXPECT_THAT(ReadAppDirectory(root_.string()), StatusIs(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE"));
}

TEST_F(AppDirectoryTest, ReadsTheWebSiteOnlyWhenToldByteForByte) {
  const std::string bytes("\0\xff\r\n\x80", 5);
  Write("stitch.json", "{}");
  EXPECT_EQ(CountHostingFiles(root_.string()), 0u);
  Write("hosting/metadata.json", "[]");
  Write("hosting/files/img/logo.png", bytes);
  Write("hosting/files/.well-known/node_modules/x.txt", "");
  fs::create_symlink("/etc/passwd", root_ / "hosting/files/link");
  EXPECT_THAT(Paths(), ElementsAre("hosting/metadata.json", "stitch.json"));
  EXPECT_EQ(CountHostingFiles((root_ / "hosting").string()), 2u);
  auto request = ReadAppDirectory(root_.string(), {.include_hosting = true});
  ASSERT_THAT(request, IsOk());
  std::map<std::string, std::string> files;
  for (const auto& file : request->files()) files[file.path()] = file.content();
  EXPECT_EQ(files, (std::map<std::string, std::string>{{"hosting/metadata.json", "[]"},
                                                       {"hosting/files", ""},
                                                       {"hosting/files/.well-known/node_modules/x.txt", ""},
                                                       {"hosting/files/img/logo.png", bytes},
                                                       {"stitch.json", "{}"}}));
}

TEST_F(AppDirectoryTest, RefusesAWebSiteBeyondTheLimits) {
  Write("stitch.json", "{}");
  const ReadAppOptions with_hosting{.include_hosting = true};
  EXPECT_THAT(ReadAppDirectory(root_.string(), with_hosting), IsOk());
  Write("hosting/files/a", std::string(kImportFileBytesMax, 'x'));
  Write("hosting/files/b", std::string(kHostingBytesMax - kImportFileBytesMax, 'x'));
  EXPECT_THAT(ReadAppDirectory(root_.string(), with_hosting), IsOk());
  Write("hosting/files/c", "x");
  auto too_large = ReadAppDirectory(root_.string(), with_hosting);
  EXPECT_THAT(too_large, StatusIs(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE"));
  EXPECT_THAT(too_large.status().message(), testing::HasSubstr("8388608 bytes"));
  fs::remove_all(root_ / "hosting");
  for (size_t i = 0; i <= kHostingFilesMax; ++i) Write("hosting/files/" + std::to_string(i), "");
  auto too_many = ReadAppDirectory(root_.string(), with_hosting);
  EXPECT_THAT(too_many, StatusIs(absl::StatusCode::kInvalidArgument, "TOO_MANY_FILES"));
  EXPECT_THAT(too_many.status().message(), testing::HasSubstr("1000 files"));
  EXPECT_EQ(CountHostingFiles(root_.string()), kHostingFilesMax + 1);
  fs::remove_all(root_ / "hosting");
  fs::create_directory(root_ / "hosting");
  fs::create_directory_symlink("/etc", root_ / "hosting/files");
  EXPECT_THAT(ReadAppDirectory(root_.string(), with_hosting),
              StatusIs(absl::StatusCode::kFailedPrecondition, "FILE_UNREADABLE"));
}

}  // namespace
}  // namespace overlock::config
