// Cursors of the embedded database.
#include "services/executor/data/embedded/embedded_test_fixture.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class EmbeddedCursorsTest : public EmbeddedTest {
 protected:
  void Insert(int begin, int end) {
    for (int i = begin; i < end; ++i) Run(absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", i, "}]}"));
  }

  static std::string IdIn(const std::string& reply) {
    size_t begin = reply.find(R"("id":{"$numberLong":")") + 21;
    return reply.substr(begin, reply.find('"', begin) - begin);
  }

  std::string Open() { return IdIn(Run(R"({"find": "c", "batchSize": 2})")); }
  std::string GetMore(DataSource& source, const std::string& id) {
    return Run(source, absl::StrCat(R"({"getMore": {"$numberLong": ")", id, R"("}, "collection": "c"})"));
  }
};

TEST_F(EmbeddedCursorsTest, AScanGoesOnBehindWhatItGaveAndSeesNewDocuments) {
  Insert(0, 4);
  std::string id = Open();
  Run(R"({"delete": "c", "deletes": [{"q": {"_id": 2}, "limit": 1}]})");
  Insert(4, 5);
  std::string reply = GetMore(*source_, id);
  EXPECT_THAT(reply, HasSubstr(R"("nextBatch":[{"_id":{"$numberInt":"3"}},{"_id":{"$numberInt":"4"}}])"));
  EXPECT_EQ(IdIn(reply), "0");
}

TEST_F(EmbeddedCursorsTest, ACursorIsItsApplicationsAlone) {
  Insert(0, 4);
  auto neighbour = database_->MakeSource("other", "mongodb-atlas");
  std::string id = Open();
  EXPECT_THAT(GetMore(*neighbour, id), StartsWith("43 CursorNotFound"));
  EXPECT_THAT(GetMore(*source_, id), HasSubstr("nextBatch"));
}

TEST_F(EmbeddedCursorsTest, ACursorThatNobodyUsesIsForgotten) {
  Insert(0, 4);
  std::string id = Open();
  clock_.Advance(absl::Minutes(11));
  EXPECT_THAT(GetMore(*source_, id), StartsWith("43 CursorNotFound"));
}

TEST_F(EmbeddedCursorsTest, TheIsolateThatWasUnusedLongestMakesRoomAndItsCursorsGo) {
  Close();
  options_.engine_limits.isolates_max = 2;
  options_.lanes = 1;
  EmbeddedTest::Open();
  Insert(0, 4);
  std::string id = Open();
  auto second = database_->MakeSource("second", "s");
  auto third = database_->MakeSource("third", "s");
  Run(*second, R"({"ping": 1})");
  EXPECT_THAT(Run(R"({"ping": 1})"), StartsWith(R"({"ok")"));
  Run(*third, R"({"ping": 1})");
  EXPECT_THAT(GetMore(*source_, id), HasSubstr("nextBatch"));
  id = Open();
  Run(*second, R"({"ping": 1})");
  Run(*third, R"({"ping": 1})");
  EXPECT_THAT(GetMore(*source_, id), StartsWith("43 CursorNotFound"));
}

}  // namespace
}  // namespace overlock::executor
