#include "services/executor/data/mongoc/command.h"

#include "common/testing/bson_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

using Kind = CommandHead::Kind;
using ::testing::ElementsAre;

// What is known of a command.
struct Read {
  explicit Read(const std::string& json) : bytes(Bson(json)), head(std::get<CommandHead>(ReadCommand(bytes))) {}
  const CommandHead* operator->() const { return &head; }
  std::string bytes;
  CommandHead head;
};

int32_t CodeOf(const std::string& bytes) { return std::get<DataError>(ReadCommand(bytes)).code; }

TEST(Command, TellsReadsFromWrites) {
  EXPECT_EQ(Read(R"({"find": "c"})")->kind, Kind::kRead);
  EXPECT_EQ(Read(R"({"insert": "c"})")->kind, Kind::kWrite);
  EXPECT_EQ(Read(R"({"aggregate": "c", "pipeline": [{"$match": {"$out": 1}}]})")->kind, Kind::kRead);
  EXPECT_EQ(Read(R"({"aggregate": "c", "pipeline": [{"$match": {}}, {"$out": "d"}]})")->kind, Kind::kReadAndWrite);
  EXPECT_EQ(Read(R"({"aggregate": "c", "pipeline": [{"$merge": {}}]})")->kind, Kind::kReadAndWrite);
  EXPECT_EQ(Read(R"({"createIndexes": "c"})")->kind, Kind::kOther);
}

TEST(Command, KnowsWhatMayLeaveACursorOpen) {
  EXPECT_TRUE(Read(R"({"find": "c"})")->opens_cursor);
  EXPECT_FALSE(Read(R"({"find": "c", "singleBatch": true})")->opens_cursor);
  EXPECT_TRUE(Read(R"({"aggregate": "c"})")->opens_cursor);
  EXPECT_FALSE(Read(R"({"count": "c"})")->opens_cursor);
}

TEST(Command, NumbersOnlyWritesOfOneDocumentAtATime) {
  EXPECT_TRUE(Read(R"({"insert": "c", "documents": [{}, {}]})")->is_numbered);
  EXPECT_TRUE(
      Read(R"({"update": "c", "updates": [{"q": {}, "u": {}}, {"q": {}, "u": {}, "multi": false}]})")->is_numbered);
  EXPECT_FALSE(
      Read(R"({"update": "c", "updates": [{"q": {}, "u": {}}, {"q": {}, "u": {}, "multi": true}]})")->is_numbered);
  EXPECT_TRUE(Read(R"({"delete": "c", "deletes": [{"q": {}, "limit": 1}]})")->is_numbered);
  EXPECT_FALSE(Read(R"({"delete": "c", "deletes": [{"q": {}, "limit": 0}]})")->is_numbered);
  EXPECT_TRUE(Read(R"({"findAndModify": "c"})")->is_numbered);
  EXPECT_FALSE(Read(R"({"find": "c"})")->is_numbered);
}

TEST(Command, ReadsCursorsAndTimeLimits) {
  EXPECT_THAT(Read(R"({"getMore": {"$numberLong": "7"}, "collection": "c"})")->cursors, ElementsAre(7));
  EXPECT_THAT(Read(R"({"killCursors": "c", "cursors": [{"$numberLong": "7"}, 8]})")->cursors, ElementsAre(7, 8));
  EXPECT_EQ(Read(R"({"find": "c", "maxTimeMS": 5})")->milliseconds_max, 5);
}

TEST(Command, RefusesWhatIsNone) {
  EXPECT_EQ(CodeOf(""), 22);
  EXPECT_EQ(CodeOf(Bson(R"({"find": "c"})") + "x"), 22);
  EXPECT_EQ(CodeOf(Bson("{}")), 59);
  EXPECT_EQ(CodeOf(Bson(R"({"getMore": "7"})")), 14);
  EXPECT_EQ(CodeOf(std::string(kCommandBytesMax + 1, 'x')), 10334);
}

TEST(Command, SurvivesBytesThatAreCutOff) {
  const std::string whole = Bson(R"({"update": "c", "updates": [{"q": {"a": 1}, "multi": true}], "maxTimeMS": 1})");
  for (size_t bytes = 5; bytes < whole.size(); ++bytes) {
    std::string cut = whole.substr(0, bytes - 1) + std::string(1, '\0');
    cut[0] = static_cast<char>(bytes);
    ReadCommand(cut);
  }
}

TEST(Command, FindsTheCursorOfAReply) {
  const std::string bytes =
      Bson(R"({"cursor": {"firstBatch": [], "id": {"$numberLong": "9"}, "ns": "a.b.c"}, "ok": 1})");
  bson_t reply;
  ASSERT_TRUE(bson_init_static(&reply, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  const OpenCursor cursor = CursorOf(reply);
  EXPECT_EQ(cursor.id, 9);
  EXPECT_EQ(cursor.database, "a");
  EXPECT_EQ(cursor.collection, "b.c");
}

}  // namespace
}  // namespace overlock::executor
