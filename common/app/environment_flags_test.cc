#include "common/app/environment_flags.h"

#include <map>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "common/app/run.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

ABSL_FLAG(std::string, test_listen, "default", "Where to listen.");
ABSL_FLAG(int, test_count, 1, "How many.");

namespace overlock::app {
namespace {

class EnvironmentFlagsTest : public ::testing::Test {
 protected:
  absl::Status Set(const std::vector<std::string>& arguments, std::map<std::string, std::string> variables) {
    return SetFlagsFromEnvironment(arguments, [&](const std::string& name) -> const char* {
      auto it = variables.find(name);
      return it == variables.end() ? nullptr : it->second.c_str();
    });
  }
  absl::FlagSaver saver_;
};

TEST_F(EnvironmentFlagsTest, SetsAFlagThatTheCommandLineDoesNotName) {
  ASSERT_THAT(Set({"--test_count=3"}, {{"OVERLOCK_TEST_LISTEN", "from environment"}, {"OVERLOCK_TEST_COUNT", "7"}}),
              IsOk());
  EXPECT_EQ(absl::GetFlag(FLAGS_test_listen), "from environment");
  EXPECT_EQ(absl::GetFlag(FLAGS_test_count), 1) << "the command line decides";
}

TEST_F(EnvironmentFlagsTest, NamesTheVariableThatCannotBeRead) {
  absl::Status status = Set({}, {{"OVERLOCK_TEST_COUNT", "many"}});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ENVIRONMENT_VARIABLE"));
  EXPECT_NE(status.message().find("OVERLOCK_TEST_COUNT"), std::string::npos);
}

TEST_F(EnvironmentFlagsTest, KeepsWhatWasChosenWhenADefaultIsSet) {
  ASSERT_THAT(Set({}, {{"OVERLOCK_TEST_LISTEN", "chosen"}}), IsOk());
  SetFlagDefault("test_listen", "another default");
  EXPECT_EQ(absl::GetFlag(FLAGS_test_listen), "chosen");
}

}  // namespace
}  // namespace overlock::app
