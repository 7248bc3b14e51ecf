// What is in the file.
#include <sys/stat.h>

#include <fstream>

#include "common/status/status.h"
#include "services/executor/data/embedded/embedded_test_fixture.h"
#include "services/executor/data/embedded/sqlite_connection.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;

class EmbeddedDurabilityTest : public EmbeddedTest {};

TEST_F(EmbeddedDurabilityTest, DocumentsAreThereAfterARestart) {
  Run(R"({"insert": "c", "documents": [{"_id": 1, "a": 1}]})");
  Close();
  Open();
  EXPECT_THAT(Run(R"({"find": "c"})"), HasSubstr(R"([{"_id":{"$numberInt":"1"},"a":{"$numberInt":"1"}}])"));
}

TEST_F(EmbeddedDurabilityTest, WhatWasAnsweredIsInACopyOfTheFilesThatACrashLeaves) {
  Run(R"({"insert": "c", "documents": [{"_id": 1}]})");
  // The process's own state is not in the copy, as after a kill.
  std::filesystem::path copy = directory_ / "copy";
  std::filesystem::create_directory(copy);
  for (const char* file : {"data.db", "data.db-wal"}) std::filesystem::copy_file(directory_ / file, copy / file);
  Close();
  options_.path = copy / "data.db";
  Open();
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
}

TEST_F(EmbeddedDurabilityTest, TheFileIsItsOwnersAlone) {
  for (const char* file : {"data.db", "data.db-wal"}) {
    struct stat status;
    ASSERT_EQ(stat((directory_ / file).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << file;
  }
}

TEST_F(EmbeddedDurabilityTest, AFileOfANewerProgramIsLeftAlone) {
  Close();
  {
    auto connection = SqliteConnection::Open(options_.path);
    ASSERT_TRUE(connection.ok()) << connection.status();
    ASSERT_TRUE((*connection)->Execute("PRAGMA user_version = 99").ok());
  }
  absl::Status status = EmbeddedDatabase::Open(options_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 99"));
}

TEST_F(EmbeddedDurabilityTest, WhatIsNoDatabaseIsRefused) {
  options_.path = directory_ / "text";
  std::ofstream(options_.path) << std::string(8'192, 'x');
  EXPECT_EQ(EmbeddedDatabase::Open(options_).status().code(), absl::StatusCode::kUnavailable);
  options_.path = directory_ / "nowhere" / "data.db";
  EXPECT_EQ(EmbeddedDatabase::Open(options_).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace overlock::executor
