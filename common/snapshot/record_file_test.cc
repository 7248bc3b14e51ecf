#include "common/snapshot/record_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

using Records = std::map<std::string, std::string>;
using ::testing::IsEmpty;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteWhole(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(content.data(), content.size());
}

RecordFile::Changes Put(const Records& records) {
  RecordFile::Changes changes;
  for (const auto& [name, bytes] : records) changes[name] = [bytes = bytes] { return bytes; };
  return changes;
}

// Every test runs plain and sealed.
class RecordFileTest : public ::testing::TestWithParam<bool> {
 protected:
  RecordFileTest() {
    std::string pattern = ::testing::TempDir() + "/record-file-XXXXXX";
    root_ = mkdtemp(pattern.data());
    if (GetParam()) key_ = crypto::SealKey::Random();
  }
  ~RecordFileTest() override { std::filesystem::remove_all(root_); }

  RecordFile::Options Options() const { return {root_ + "/state/deep", "edge.view", "view edge", key_}; }
  std::string path() const { return root_ + "/state/deep/edge.view"; }
  std::unique_ptr<RecordFile> Open() const { return std::make_unique<RecordFile>(Options()); }

  // Everything in the file as a process that begins anew reads it.
  static absl::StatusOr<Records> Read(const RecordFile::Options& options, RecordFile::Head* head = nullptr) {
    RecordFile file(options);
    Records records;
    auto read = file.Read([&](std::string_view name, const std::string& bytes) {
      records[std::string(name)] = bytes;
      return absl::OkStatus();
    });
    if (!read.ok()) return read.status();
    if (head != nullptr) *head = *read;
    return records;
  }
  absl::StatusOr<Records> Read() const { return Read(Options()); }
  std::vector<std::string> FilesThere() const {
    std::vector<std::string> names;
    for (auto& entry : std::filesystem::directory_iterator(root_ + "/state/deep")) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string root_;
  std::optional<crypto::SealKey> key_;
};

INSTANTIATE_TEST_SUITE_P(Plain, RecordFileTest, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Sealed, RecordFileTest, ::testing::Values(true));

TEST_P(RecordFileTest, ReadsWhatItWrote) {
  const Records records = {{"a", "one"}, {"b", ""}, {"c", std::string(600'000, '\0') + "end"}};
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kNotFound, "SNAPSHOT_MISSING"));
  ASSERT_THAT(Open()->Write({7, "label"}, false, Put(records)), IsOk());
  RecordFile::Head head;
  EXPECT_THAT(Read(Options(), &head), IsOkAndHolds(records));
  EXPECT_EQ(head.revision, 7);
  EXPECT_EQ(head.label, "label");
}

TEST_P(RecordFileTest, HoldsNothingWhenThereIsNothing) {
  ASSERT_THAT(Open()->Write({1, ""}, false, {}), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(IsEmpty()));
}

TEST_P(RecordFileTest, KeepsTheRecordsThatDidNotChange) {
  auto file = Open();
  ASSERT_THAT(file->Write({1, ""}, false, Put({{"a", "1"}, {"b", "1"}, {"d", "1"}})), IsOk());
  RecordFile::Changes changes = Put({{"b", "2"}, {"c", "2"}});
  changes["d"] = std::nullopt;
  changes["never there"] = std::nullopt;
  ASSERT_THAT(file->Write({2, ""}, true, changes), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}, {"b", "2"}, {"c", "2"}}));
  ASSERT_THAT(file->Write({3, ""}, false, Put({{"z", "3"}})), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"z", "3"}}));
}

TEST_P(RecordFileTest, KeepsWhatItReadAtItsStart) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "1"}, {"b", "1"}})), IsOk());
  auto file = Open();
  ASSERT_THAT(file->Read([](std::string_view, const std::string&) { return absl::OkStatus(); }), IsOk());
  ASSERT_THAT(file->Write({2, ""}, true, Put({{"b", "2"}})), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}, {"b", "2"}}));
}

TEST_P(RecordFileTest, KeepsWhatItKnewAfterSomebodyRemovedTheFile) {
  auto file = Open();
  ASSERT_THAT(file->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  std::filesystem::remove_all(root_ + "/state");
  ASSERT_THAT(file->Write({2, ""}, true, Put({{"b", "2"}})), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}, {"b", "2"}}));
}

TEST_P(RecordFileTest, IsForItsOwnerAlone) {
  const mode_t before = umask(0);
  EXPECT_THAT(Open()->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  umask(before);
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(std::filesystem::status(root_ + "/state/deep").permissions(), std::filesystem::perms(0700));
}

TEST_P(RecordFileTest, FindsABitThatChangedInAnyByte) {
  ASSERT_THAT(Open()->Write({1, "label"}, false, Put({{"a", "some text"}, {"b", "more of it"}})), IsOk());
  const std::string whole = ReadWhole(path());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    WriteWhole(path(), damaged);
    ASSERT_FALSE(Read().ok()) << "byte " << i;
  }
  WriteWhole(path(), whole);
  EXPECT_THAT(Read(), IsOk());
}

TEST_P(RecordFileTest, FindsEveryTruncationAndWhatWasAppended) {
  ASSERT_THAT(Open()->Write({1, "label"}, false, Put({{"a", "some text"}, {"b", "more of it"}})), IsOk());
  const std::string whole = ReadWhole(path());
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    WriteWhole(path(), whole.substr(0, bytes));
    ASSERT_FALSE(Read().ok()) << bytes << " bytes";
  }
  WriteWhole(path(), whole + "x");
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED"));
  WriteWhole(path(), whole + whole);
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED"));
}

TEST_P(RecordFileTest, SaysWhatIsWrongWithAFile) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "some text"}})), IsOk());
  const std::string whole = ReadWhole(path());
  std::string changed = whole;
  changed[16] ^= 1;
  WriteWhole(path(), changed);
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED")) << "a record";
  changed = whole;
  changed[8] = 2;
  WriteWhole(path(), changed);
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_TOO_NEW"));
  WriteWhole(path(), "#!/bin/sh\nexit 0\n# some other file that somebody has put here\n# and that is long enough\n");
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_FOREIGN"));
  WriteWhole(path(), "");
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED"));
}

TEST_P(RecordFileTest, NeitherWritesNorReadsALargerFile) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", std::string(500, 'a')}})), IsOk());
  RecordFile::Options small = Options();
  small.bytes_max = 500;
  RecordFile file(small);
  EXPECT_THAT(file.Write({2, ""}, false, Put({{"b", std::string(500, 'b')}})),
              StatusIs(absl::StatusCode::kResourceExhausted, "SNAPSHOT_TOO_LARGE"));
  EXPECT_THAT(Read(small), StatusIs(absl::StatusCode::kResourceExhausted, "SNAPSHOT_TOO_LARGE"));
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", std::string(500, 'a')}}));
}

TEST_P(RecordFileTest, RefusesWhatIsNoFile) {
  std::filesystem::create_directories(path());
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_FOREIGN"));
  std::filesystem::remove_all(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_FOREIGN"));
  std::filesystem::remove(path());
  std::filesystem::create_symlink("/dev/null", path());
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_FOREIGN"));
}

TEST_P(RecordFileTest, RefusesAFileWithOtherContent) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  RecordFile::Options other = Options();
  other.content = "view authz";
  EXPECT_THAT(Read(other),
              StatusIs(absl::StatusCode::kFailedPrecondition, GetParam() ? "SNAPSHOT_KEY_WRONG" : "SNAPSHOT_FOREIGN"));
}

TEST_P(RecordFileTest, RefusesWhatIsSealedOtherwise) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  RecordFile::Options other = Options();
  other.key = crypto::SealKey::Random();
  EXPECT_THAT(Read(other), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_KEY_WRONG"));
  if (!GetParam()) return;
  other.key = std::nullopt;
  EXPECT_THAT(Read(other), StatusIs(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_KEY_WRONG"));
}

TEST_P(RecordFileTest, ReplacesAFileThatItCannotRead) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  key_ = crypto::SealKey::Random();
  auto file = Open();
  ASSERT_FALSE(file->Read([](std::string_view, const std::string&) { return absl::OkStatus(); }).ok());
  ASSERT_THAT(file->Write({2, ""}, false, Put({{"b", "2"}})), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"b", "2"}}));
}

TEST_P(RecordFileTest, RefusesRecordsThatWereMixedFromTwoFiles) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "old"}})), IsOk());
  const std::string old = ReadWhole(path());
  ASSERT_THAT(Open()->Write({2, ""}, false, Put({{"a", "new"}})), IsOk());
  std::string mixed = ReadWhole(path());
  ASSERT_EQ(mixed.size(), old.size());
  const size_t record_bytes = GetParam() ? 3 + 28 : 3;
  mixed.replace(16, record_bytes, old.substr(16, record_bytes));
  WriteWhole(path(), mixed);
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED"));
}

TEST_P(RecordFileTest, SealsNamesAndRecords) {
  ASSERT_THAT(Open()->Write({1, "some label"}, false, Put({{"some-name", "some record"}})), IsOk());
  for (std::string_view text : {"some label", "some-name", "some record"}) {
    EXPECT_EQ(absl::StrContains(ReadWhole(path()), text), !GetParam()) << text;
  }
}

TEST_P(RecordFileTest, EndsReadingWhenTheVisitorDoes) {
  ASSERT_THAT(Open()->Write({1, ""}, false, Put({{"a", "1"}, {"b", "1"}})), IsOk());
  int visited = 0;
  auto visit = [&](std::string_view, const std::string&) { return ++visited, absl::CancelledError("enough"); };
  EXPECT_THAT(Open()->Read(visit), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(visited, 1);
}

TEST_P(RecordFileTest, ACrashWhileWritingLeavesTheOldFile) {
  auto file = Open();
  ASSERT_THAT(file->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  // What such a crash leaves: a new file that is not complete, or complete and not yet renamed.
  for (const std::string& left : {std::string("OVLKSNAP half of it"), ReadWhole(path())}) {
    WriteWhole(root_ + "/state/deep/.edge.view.new", left);
    EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}}));
    ASSERT_THAT(file->Write({2, ""}, true, {}), IsOk());
    EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}}));
    EXPECT_FALSE(std::filesystem::exists(root_ + "/state/deep/.edge.view.new"));
  }
}

TEST_P(RecordFileTest, AFullDiskLeavesTheOldFileAndWhatIsKept) {
  auto file = Open();
  ASSERT_THAT(file->Write({1, ""}, false, Put({{"a", "1"}})), IsOk());
  // As a full disk does: the file cannot grow beyond a size.
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* handler = signal(SIGXFSZ, SIG_IGN);
  rlimit small = {100'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  absl::Status status = file->Write({2, ""}, true, Put({{"b", std::string(1'000'000, 'b')}}));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "SNAPSHOT_NOT_WRITTEN"));
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}}));
  EXPECT_THAT(FilesThere(), ::testing::UnorderedElementsAre("edge.view", ".edge.view.lock"));
  ASSERT_THAT(file->Write({2, ""}, true, Put({{"b", "2"}})), IsOk());
  EXPECT_THAT(Read(), IsOkAndHolds(Records{{"a", "1"}, {"b", "2"}}));
}

TEST_P(RecordFileTest, SaysWhenTheDirectoryCannotBeMade) {
  WriteWhole(root_ + "/state", "a file where the directory should be");
  absl::Status status = Open()->Write({1, ""}, false, {});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "SNAPSHOT_NOT_WRITTEN"));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("cannot make"));
}

TEST_P(RecordFileTest, WaitsForNobodyElseWhoWrites) {
  auto file = Open();
  ASSERT_THAT(file->Write({1, ""}, false, {}), IsOk());
  int other = open((root_ + "/state/deep/.edge.view.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(other, 0);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  EXPECT_THAT(file->Write({2, ""}, true, {}), StatusIs(absl::StatusCode::kUnavailable, "SNAPSHOT_NOT_WRITTEN"));
  close(other);
  EXPECT_THAT(file->Write({2, ""}, true, {}), IsOk());
}

}  // namespace
}  // namespace overlock
