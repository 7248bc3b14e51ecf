#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/json_text.h"
#include "services/overlock/cli/app_folder.h"
#include "services/overlock/cli/credentials.h"
#include "services/overlock/cli/diff_text.h"
#include "services/overlock/cli/ejson_arguments.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/files.h"
#include "services/overlock/cli/progress.h"
#include "services/overlock/cli/settings.h"
#include "services/overlock/cli/table.h"
#include "services/overlock/cli/text.h"
#include "services/overlock/cli/word_walk.h"

namespace overlock::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (fs::temp_directory_path() / "overlock_cli_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string ContentOf(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

void Put(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

AppFiles Files(const std::vector<std::pair<std::string, std::string>>& contents) {
  AppFiles files;
  for (const auto& [path, content] : contents) {
    auto* file = files.Add();
    file->set_path(path);
    file->set_content(content);
  }
  return files;
}

// ---- Text.

TEST(Text, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(Printable("a\x1b[31mb\r\x7f"), "a\\x1b[31mb\\x0d\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(Printable("größer\tx\ny"), "größer\\tx\\ny");
  EXPECT_EQ(Printable("größer\tx\ny", true), "größer\tx\ny");
}

TEST(Text, KnowsUtf8) {
  for (const char* good : {"", "plain", "größer", "€", "😀", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(IsUtf8(good)) << good;
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(Text, ReadsDurations) {
  EXPECT_THAT(*ParseDuration("90d"), absl::Hours(90 * 24));
  EXPECT_THAT(*ParseDuration("1d12h30m"), absl::Hours(36) + absl::Minutes(30));
  EXPECT_THAT(*ParseDuration("2w"), absl::Hours(14 * 24));
  EXPECT_THAT(*ParseDuration("1s"), absl::Seconds(1));
  for (const char* bad : {"", "0d", "90", "d", "1x", "-1d", "1 d", "1d1", "99999999999999999999d", "101w9999999999d"}) {
    EXPECT_EQ(ReasonOf(ParseDuration(bad).status()), "BAD_USAGE") << bad;
  }
}

TEST(Text, WritesTimes) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(FormatTime(time, absl::UTCTimeZone()), "never");
  time.set_seconds(1614834367);
  EXPECT_EQ(FormatTime(time, absl::UTCTimeZone()), "2021-03-04 05:06:07");
}

TEST(Text, FindsWhatWasMeant) {
  std::vector<std::string> names = {"webhooks", "functions", "values"};
  EXPECT_EQ(Resembling("webhoks", names), "webhooks");
  EXPECT_EQ(Resembling("valuse", names), "values");
  EXPECT_EQ(Resembling("xyz", names), "");
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
}

// ---- Tables, differences, progress.

TEST(Table, AlignsColumnsByWhatIsSeen) {
  Table table({"NAME", "METHOD", "X"});
  table.Add({"größer", "GET", "1"});
  table.Add({"a", "DELETE", ""});
  EXPECT_EQ(table.Text(false),
            "NAME    METHOD  X\n"
            "größer  GET     1\n"
            "a       DELETE\n");
}

TEST(Table, SetsTitlesOffInColour) {
  Table table({"A", "B"});
  table.Add({"x", "y"});
  EXPECT_EQ(table.Text(true), "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\nx  y\n");
  Table details;
  details.Add({"name", "x"});
  EXPECT_EQ(details.Text(true), "\x1b[1mname\x1b[0m  x\n");
}

TEST(Table, EscapesCells) {
  Table table;
  table.Add({"note", "\x1b]0;title\x07"});
  EXPECT_EQ(table.Text(false), "note  \\x1b]0;title\\x07\n");
}

TEST(DiffText, PaintsLinesByWhatTheyAre) {
  EXPECT_EQ(PaintDiff("--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- old\n+new\n same\n"),
            "\x1b[1m--- a/x\x1b[0m\n\x1b[1m+++ b/x\x1b[0m\n\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m--- old\x1b[0m\n"
            "\x1b[32m+new\x1b[0m\n same\n");
  EXPECT_EQ(PaintDiff("@@ -1 +1 @@\n \x1b[2J"), "\x1b[36m@@ -1 +1 @@\x1b[0m\n \\x1b[2J");
}

TEST(Progress, ShowsABarWhereThePartIsKnown) {
  EXPECT_EQ(Progress::Line("importing", 1, 0, 0, 3), "/ importing 3 s");
  EXPECT_EQ(Progress::Line("writing", 0, 1, 4, 2), "| writing [#####---------------] 25% 2 s");
  EXPECT_EQ(Progress::Line("writing", 0, 5, 4, 2), "| writing [####################] 100% 2 s");
}

// ---- Fields.

std::string Set(const std::string& object, const std::string& setting) {
  config::JsonValue value = *ParseObject("test", object);
  absl::Status status = ApplySetting(value, setting);
  return status.ok() ? config::ToText(value) : ReasonOf(status);
}

TEST(Settings, SetsFieldsByTheirPaths) {
  EXPECT_EQ(Set("{}", "a=1"), R"({"a":1})");
  EXPECT_EQ(Set("{}", "a=text"), R"({"a":"text"})");
  EXPECT_EQ(Set("{}", "a=\"1\""), R"({"a":"1"})");
  EXPECT_EQ(Set("{}", "a=x=y"), R"({"a":"x=y"})");
  EXPECT_EQ(Set(R"({"a":{"b":1,"c":2},"d":3})", "a.b=[true]"), R"({"a":{"b":[true],"c":2},"d":3})");
  EXPECT_EQ(Set("{}", "a.b.c={}"), R"({"a":{"b":{"c":{}}}})");
  EXPECT_EQ(Set(R"({"a":{"b":1},"d":3})", "a.b="), R"({"a":{},"d":3})");
  EXPECT_EQ(Set(R"({"d":3})", "a.b="), R"({"d":3})");
}

TEST(Settings, RefusesWhatIsNoField) {
  EXPECT_EQ(Set("{}", "a"), "BAD_USAGE");
  EXPECT_EQ(Set("{}", "=1"), "BAD_USAGE");
  EXPECT_EQ(Set("{}", "a..b=1"), "BAD_USAGE");
  EXPECT_EQ(Set(R"({"a":1})", "a.b=1"), "BAD_USAGE");
  EXPECT_EQ(ReasonOf(ParseObject("x", "[]").status()), "BAD_USAGE");
  EXPECT_EQ(ReasonOf(ParseObject("x", R"({"a":1,"a":2})").status()), "BAD_USAGE");
}

TEST(EjsonArguments, AreKeptFromTheParser) {
  std::vector<std::string> words = {"function", "run", "-f", "sum", "--args", "[1,2]", "-1", "--user", "[x]"};
  MarkArguments(words);
  EXPECT_THAT(words, ElementsAre("function", "run", "-f", "sum", "--args", "\x01[1,2]", "\x01-1", "--user", "[x]"));
  EXPECT_EQ(UnmarkArgument(words[5]), "[1,2]");
  words = {"--args=[]"};
  MarkArguments(words);
  EXPECT_THAT(words, ElementsAre("--args=\x01[]"));
}

// ---- Exit codes.

TEST(ExitCode, SaysWhatHappened) {
  EXPECT_EQ(ExitCodeFor(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeFor(Error(absl::StatusCode::kNotFound, "APP_NOT_FOUND", "x")), 1);
  EXPECT_EQ(ExitCodeFor(Error(absl::StatusCode::kInvalidArgument, "CONFIG_INVALID", "x")), 1);
  EXPECT_EQ(ExitCodeFor(Cancelled("x")), 1);
  EXPECT_EQ(ExitCodeFor(UsageError("x")), 2);
  EXPECT_EQ(ExitCodeFor(Error(absl::StatusCode::kNotFound, "APP_ROOT_NOT_FOUND", "x")), 2);
  EXPECT_EQ(ExitCodeFor(absl::UnavailableError("x")), 3);
  EXPECT_EQ(ExitCodeFor(absl::DeadlineExceededError("x")), 3);
  EXPECT_EQ(ExitCodeFor(Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING", "x")), 4);
  EXPECT_EQ(ExitCodeFor(Error(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW", "x")), 4);
  EXPECT_THAT(std::string(HintFor(Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING", "x"))),
              HasSubstr("overlock login"));
}

// ---- Files.

TEST(Files, ReadsAFileOrTheTextItself) {
  TemporaryDirectory directory;
  Put(directory / "secret", "s3cret\n\n");
  const std::string path = (directory / "secret").string();
  EXPECT_EQ(*TextOrFile("@" + path), "s3cret\n\n");
  EXPECT_EQ(*TextOrFile(path), path);
  EXPECT_EQ(*ReadSecretFile(path), "s3cret\n");
  EXPECT_EQ(ReasonOf(TextOrFile("@/nowhere").status()), "FILE_UNREADABLE");
}

TEST(Credentials, KeepsATokenForEachTargetForItsOwnerAlone) {
  TemporaryDirectory directory;
  Credentials credentials((directory / "new/overlock/credentials.json").string());
  EXPECT_EQ(*credentials.Find("a:1"), std::nullopt);
  ASSERT_THAT(credentials.Keep("a:1", "ovl_1"), IsOk());
  ASSERT_THAT(credentials.Keep("b:2", "ovl_2"), IsOk());
  ASSERT_THAT(credentials.Keep("a:1", "ovl_3"), IsOk());
  EXPECT_EQ(*credentials.Find("a:1"), "ovl_3");
  EXPECT_EQ(*credentials.Find("b:2"), "ovl_2");
  struct stat status = {};
  ASSERT_EQ(stat(credentials.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory / "new/overlock"), fs::directory_iterator()), 1);
  EXPECT_TRUE(*credentials.Forget("a:1"));
  EXPECT_FALSE(*credentials.Forget("a:1"));
  EXPECT_EQ(*credentials.Find("a:1"), std::nullopt);
  EXPECT_EQ(*credentials.Find("b:2"), "ovl_2");
}

TEST(Credentials, AreNotTakenFromAFileThatOthersMayRead) {
  TemporaryDirectory directory;
  Credentials credentials((directory / "credentials.json").string());
  ASSERT_THAT(credentials.Keep("a:1", "ovl_1"), IsOk());
  ASSERT_EQ(chmod(credentials.path().c_str(), 0640), 0);
  EXPECT_EQ(ReasonOf(credentials.Find("a:1").status()), "BAD_CREDENTIALS");
  EXPECT_EQ(ReasonOf(credentials.Keep("a:1", "ovl_1")), "BAD_CREDENTIALS");
}

TEST(Credentials, SaysWhatIsWrongWithTheirFile) {
  TemporaryDirectory directory;
  Credentials credentials((directory / "credentials.json").string());
  for (const char* bad : {"", "{", R"({"tokens": []})"}) {
    ASSERT_THAT(WriteFile(credentials.path(), bad, 0600), IsOk());
    absl::Status status = credentials.Find("a:1").status();
    EXPECT_EQ(ReasonOf(status), "BAD_CREDENTIALS") << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr(credentials.path()));
  }
  EXPECT_EQ(ReasonOf(Credentials("").Keep("a:1", "ovl_1")), "FILE_UNWRITABLE");
  EXPECT_EQ(*Credentials("").Find("a:1"), std::nullopt);
}

TEST(AppFolder, IsWrittenWholeOrNotAtAll) {
  TemporaryDirectory directory;
  Progress progress("writing");
  const std::string target = (directory / "app").string();
  AppFiles bad = Files({{"stitch.json", "{}"}, {"services", ""}, {"services/a/config.json", "{}"}});
  EXPECT_EQ(ReasonOf(WriteNewFolder(target, bad, progress)), "FILE_UNWRITABLE");
  EXPECT_TRUE(fs::is_empty(directory / ""));
  AppFiles good = Files({{"stitch.json", "{}"}, {"services/a/config.json", "{1}"}});
  fs::create_directory(target);
  ASSERT_THAT(WriteNewFolder(target + "/", good, progress), IsOk());
  EXPECT_EQ(ContentOf(directory / "app/services/a/config.json"), "{1}");
  EXPECT_TRUE(IsOccupied(target));
  EXPECT_EQ(ReasonOf(WriteNewFolder(target, good, progress)), "FILE_UNWRITABLE");
}

TEST(AppFolder, DoesNotWriteElsewhere) {
  TemporaryDirectory directory;
  Progress progress("writing");
  for (const char* path : {"../evil", "/etc/evil", "a/../../evil", "a//b", "", "./a"}) {
    EXPECT_EQ(ReasonOf(WriteNewFolder((directory / "app").string(), Files({{path, "x"}}), progress)), "BAD_PATH")
        << path;
  }
  EXPECT_TRUE(fs::is_empty(directory / ""));
}

TEST(AppFolder, OverwritingLeavesWhatIsNotTheApplication) {
  TemporaryDirectory directory;
  Progress progress("writing");
  const std::vector<std::string> stay = {
      "README.md", ".git/config.json", "package.json", "services/a/notes.txt", "functions/node_modules/x/index.js",
      "src/x.js"};
  const std::vector<std::string> go = {"functions/old/config.json", "functions/old/source.js",
                                       "services/a/rules/r.json", "values/v.json"};
  for (const std::string& path : stay) Put(directory / path, path);
  for (const std::string& path : go) Put(directory / path, path);
  Put(directory / "stitch.json", "old");
  auto removed = OverwriteFolder((directory / "").string(),
                                 Files({{"stitch.json", "new"}, {"services/a/config.json", "{}"}}), progress, false);
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(*removed, go);
  for (const std::string& path : stay) EXPECT_EQ(ContentOf(directory / path), path);
  for (const std::string& path : go) EXPECT_FALSE(fs::exists(directory / path)) << path;
  EXPECT_FALSE(fs::exists(directory / "functions/old"));
  EXPECT_EQ(ContentOf(directory / "stitch.json"), "new");
}

TEST(AppFolderTest, TakesTheWebSiteAlongOnlyWhenTold) {
  TemporaryDirectory directory;
  Progress progress("writing");
  for (const char* path : {"hosting/files/index.html", "hosting/files/.well-known/x", "hosting/files/old/a.png"}) {
    Put(directory / path, "old");
  }
  const AppFiles files = Files({{"stitch.json", "{}"}, {"hosting/files/index.html", std::string("\0\xff", 2)}});
  auto removed = OverwriteFolder((directory / "").string(), Files({{"stitch.json", "{}"}}), progress, false);
  ASSERT_THAT(removed, IsOk());
  EXPECT_TRUE(removed->empty());
  removed = OverwriteFolder((directory / "").string(), files, progress, true);
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(*removed, (std::vector<std::string>{"hosting/files/.well-known/x", "hosting/files/old/a.png"}));
  EXPECT_EQ(ContentOf(directory / "hosting/files/index.html"), std::string("\0\xff", 2));
  EXPECT_FALSE(fs::exists(directory / "hosting/files/old"));
}

// ---- The tree.

TEST(WordWalk, FollowsCommandsPastOptions) {
  CLI::App root("x", "overlock");
  root.require_subcommand(1);
  std::string target, method, name;
  root.add_option("--config_target", target);
  CLI::App* hooks = root.add_subcommand("webhooks")->alias("webhook")->require_subcommand(1);
  CLI::App* create = hooks->add_subcommand("create");
  create->add_option("--method", method);
  create->add_option("NAME", name);

  WordWalk walk = Walk(root, {"--config_target", "webhooks", "webhook", "create", "NAME"});
  EXPECT_EQ(walk.command, create);
  EXPECT_EQ(walk.path, "overlock webhooks create");
  EXPECT_EQ(walk.awaits_value, nullptr);
  EXPECT_EQ(walk.unknown, "");

  walk = Walk(root, {"webhooks", "create", "--method"});
  ASSERT_NE(walk.awaits_value, nullptr);
  EXPECT_TRUE(walk.awaits_value->check_name("--method"));
  EXPECT_NE(Walk(root, {"webhooks", "create", "--config_target", "="}).awaits_value, nullptr);
  EXPECT_EQ(Walk(root, {"webhooks", "create", "--method=GET"}).awaits_value, nullptr);

  walk = Walk(root, {"webhooks", "creat"});
  EXPECT_EQ(walk.command, hooks);
  EXPECT_EQ(walk.unknown, "creat");
}

}  // namespace
}  // namespace overlock::cli
