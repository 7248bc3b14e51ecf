#include "services/config/dependency_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "common/status/status.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "google/protobuf/io/gzip_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "gtest/gtest.h"
#include "overlock/config/v1/application.pb.h"
#include "services/config/dependency_packer.h"

namespace overlock::config {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Member {
  std::string path;
  std::string content;
  mode_t type = AE_IFREG;
};

std::vector<std::string> PathsOf(const std::string& packed) {
  google::protobuf::io::ArrayInputStream in(packed.data(), static_cast<int>(packed.size()));
  google::protobuf::io::GzipInputStream unzipped(&in);
  v1::DependencyFiles files;
  EXPECT_TRUE(files.ParseFromZeroCopyStream(&unzipped));
  std::vector<std::string> paths;
  for (const auto& file : files.files()) paths.push_back(file.path());
  return paths;
}

class DependencyReaderTest : public testing::Test {
 protected:
  DependencyReaderTest() {
    std::string path = (fs::temp_directory_path() / "overlock-test-XXXXXX").string();
    directory_ = mkdtemp(path.data());
  }
  ~DependencyReaderTest() override { fs::remove_all(directory_); }

  void Write(const std::string& path, const std::string& content) {
    fs::create_directories((directory_ / path).parent_path());
    std::ofstream(directory_ / path, std::ios::binary) << content;
  }

  // The archive's format is told by its name.
  void WriteArchive(const std::string& name, const std::vector<Member>& members) {
    archive* writer = archive_write_new();
    if (name.ends_with(".zip")) {
      archive_write_set_format_zip(writer);
    } else {
      archive_write_set_format_pax_restricted(writer);
      if (!name.ends_with(".tar")) archive_write_add_filter_gzip(writer);
    }
    archive_write_open_filename(writer, (directory_ / name).c_str());
    for (const Member& member : members) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.path.c_str());
      archive_entry_set_filetype(entry, member.type);
      archive_entry_set_perm(entry, 0644);
      if (member.type == AE_IFLNK) {
        archive_entry_set_symlink(entry, member.content.c_str());
      } else {
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
      }
      archive_write_header(writer, entry);
      if (member.type == AE_IFREG) archive_write_data(writer, member.content.data(), member.content.size());
      archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
  }

  absl::StatusOr<std::string> Read() { return ReadDependencies(directory_); }

  fs::path directory_;
};

TEST_F(DependencyReaderTest, ReadsEveryKindOfArchive) {
  for (const char* name : {"node_modules.tar", "node_modules.tar.gz", "node_modules.tgz", "node_modules.zip"}) {
    for (const char* prefix : {"", "./", "node_modules/", "./node_modules/"}) {
      std::string at = prefix;
      WriteArchive(name, {{at + "b/index.js", "exports.b = 1;"},
                          {at + "b/package.json", "{}"},
                          {at + "b/README.md", "words"},
                          {at + "b/native.node",
                           "\x7f"
                           "ELF"},
                          {at + "@scope/a/bin/run", "#!"},
                          {at + "b/LICENSE", "words"}});
      absl::StatusOr<std::string> packed = Read();
      ASSERT_THAT(packed, IsOk()) << name;
      EXPECT_THAT(PathsOf(*packed), ElementsAre("@scope/a/bin/run", "b/index.js", "b/package.json")) << name << prefix;
      EXPECT_THAT(CheckDependencies(*packed), IsOk());
    }
    fs::remove(directory_ / name);
  }
}

TEST_F(DependencyReaderTest, TheSameFilesGiveTheSameBytes) {
  WriteArchive("node_modules.tar", {{"a/index.js", "1"}, {"b/index.js", "2"}});
  std::string first = *Read();
  fs::remove(directory_ / "node_modules.tar");
  WriteArchive("node_modules.zip", {{"b/index.js", "2"}, {"a/index.js", "1"}});
  EXPECT_EQ(*Read(), first);
}

TEST_F(DependencyReaderTest, ReadsADirectory) {
  Write("node_modules/a/index.js", "1");
  Write("node_modules/a/node_modules/b/index.js", "2");
  Write("node_modules/a/types.d.ts", "3");
  fs::create_symlink("/etc/passwd", directory_ / "node_modules/a/secret.js");
  EXPECT_THAT(PathsOf(*Read()), ElementsAre("a/index.js", "a/node_modules/b/index.js"));
}

TEST_F(DependencyReaderTest, NothingIsNothing) {
  EXPECT_EQ(*Read(), "");
  EXPECT_THAT(CheckDependencies(""), IsOk());
}

TEST_F(DependencyReaderTest, RefusesPathsThatLeadOut) {
  for (const char* path : {"../a.js", "a/../../b.js", "/etc/a.js", "a//b.js", "a\\b.js", "a/\nb.js"}) {
    WriteArchive("node_modules.tar", {{path, "1"}});
    EXPECT_EQ(ReasonOf(Read().status()), "BAD_PATH") << path;
  }
  WriteArchive("node_modules.tar", {{std::string(600, 'a') + ".js", "1"}});
  EXPECT_EQ(ReasonOf(Read().status()), "BAD_PATH");
}

TEST_F(DependencyReaderTest, LeavesOutLinks) {
  WriteArchive("node_modules.tar", {{"a/index.js", "1"}, {"a/link.js", "/etc/passwd", AE_IFLNK}});
  EXPECT_THAT(PathsOf(*Read()), ElementsAre("a/index.js"));
}

TEST_F(DependencyReaderTest, RefusesWhatIsNoArchive) {
  Write("node_modules.tar.gz", "these are no packages");
  absl::Status status = Read().status();
  EXPECT_EQ(ReasonOf(status), "BAD_ARCHIVE");
  EXPECT_THAT(status.message(), HasSubstr("node_modules.tar.gz"));
}

TEST_F(DependencyReaderTest, RefusesADamagedArchive) {
  WriteArchive("node_modules.tgz", {{"a/index.js", std::string(100'000, 'x')}, {"b/index.js", "1"}});
  fs::resize_file(directory_ / "node_modules.tgz", fs::file_size(directory_ / "node_modules.tgz") / 2);
  EXPECT_EQ(ReasonOf(Read().status()), "BAD_ARCHIVE");
}

TEST_F(DependencyReaderTest, RefusesAnArchiveThatIsTooLarge) {
  Write("node_modules.tar", std::string(kPackedDependencyBytesMax + 1, '\0'));
  EXPECT_THAT(Read().status().message(), HasSubstr("at most 10485760"));
}

TEST_F(DependencyReaderTest, StopsABombEarly) {
  // Shrinks to a few hundred kilobytes.
  WriteArchive("node_modules.tgz", {{"a/index.js", std::string(kDependencyBytesMax + 1, 'x')}});
  ASSERT_LT(fs::file_size(directory_ / "node_modules.tgz"), 1u << 20);
  EXPECT_EQ(ReasonOf(Read().status()), "FILE_TOO_LARGE");
}

TEST_F(DependencyReaderTest, CountsFiles) {
  DependencyPacker packer;
  for (size_t i = 0; i < kDependencyFilesMax; ++i)
    ASSERT_THAT(packer.Add("a/" + std::to_string(i) + ".js", ""), IsOk());
  EXPECT_EQ(ReasonOf(packer.Add("a/more.js", "")), "TOO_MANY_FILES");
}

TEST_F(DependencyReaderTest, ChecksWhatComesFromElsewhere) {
  EXPECT_EQ(ReasonOf(CheckDependencies("not packed")), "BAD_DEPENDENCIES");
  DependencyPacker packer;
  for (int i = 0; i < 100; ++i) ASSERT_THAT(packer.Add(std::to_string(i) + ".js", std::to_string(i * 7919)), IsOk());
  std::string packed = *packer.Pack();
  EXPECT_THAT(CheckDependencies(packed), IsOk());
  EXPECT_EQ(ReasonOf(CheckDependencies(packed.substr(0, packed.size() / 2))), "BAD_DEPENDENCIES");
  packed[packed.size() / 2] ^= 1;
  EXPECT_EQ(ReasonOf(CheckDependencies(packed)), "BAD_DEPENDENCIES");
}

TEST_F(DependencyReaderTest, SaysWhatNpmSaid) {
  Write("package.json", "{ this is no JSON");
  absl::Status status = Read().status();
  EXPECT_EQ(ReasonOf(status), "NPM_FAILED");
  EXPECT_THAT(status.message(), HasSubstr("functions/package.json: npm"));
}

TEST_F(DependencyReaderTest, APackageJsonThatNamesNothingGivesNothing) {
  Write("package.json", R"({"name":"functions","dependencies":{}})");
  EXPECT_THAT(*Read(), IsEmpty());
}

}  // namespace
}  // namespace overlock::config
