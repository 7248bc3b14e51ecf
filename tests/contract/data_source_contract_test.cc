// What every DataSource does when it is asked for documents: the cases of reads, cursors and lists.
#include "tests/contract/data_source_contract.h"

#include <unistd.h>

#include "common/testing/mongodb_server.h"

namespace overlock::executor {

void DataSourceContract::SetUp() {
  static std::atomic<int> databases{0};
  database_ = absl::StrCat("contract_", getpid(), "_", ++databases);
  auto made = TestedSources()[GetParam()].make(loops_.Get(0));
  if (!made.ok()) {
    if (const std::string why = WhyNoMongodb(made.status()); !why.empty()) GTEST_SKIP() << why;
    return;
  }
  tested_ = *std::move(made);
}

void DataSourceContract::TearDown() {
  if (tested_) Reply(R"({"dropDatabase": 1})");
}

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_P(DataSourceContract, FindGivesWhatTheFilterSays) {
  InsertNumbered(3);
  EXPECT_EQ(Find(R"("filter": {"n": {"$gt": 10}}, "sort": {"_id": 1})"),
            R"([ { "_id" : 2, "n" : 20 }, { "_id" : 3, "n" : 30 } ])");
  EXPECT_EQ(Find(R"("filter": {"n": 11})"), "[  ]");
}

TEST_P(DataSourceContract, FindWithoutAFilterGivesAll) {
  InsertNumbered(2);
  EXPECT_EQ(All(), R"([ { "_id" : 1, "n" : 10 }, { "_id" : 2, "n" : 20 } ])");
}

TEST_P(DataSourceContract, FindInACollectionThatDoesNotExistGivesNothing) {
  const std::string reply = Reply(R"({"find": "nothing"})");
  EXPECT_EQ(BsonAt(reply, "cursor.firstBatch"), "[  ]");
  EXPECT_EQ(BsonAt(reply, "cursor.id"), "0");
  EXPECT_EQ(BsonAt(reply, "cursor.ns"), absl::StrCat("\"", database_, ".nothing\""));
  EXPECT_EQ(BsonAt(reply, "ok"), "1.0");
}

TEST_P(DataSourceContract, FindSortsSkipsAndLimits) {
  InsertNumbered(5);
  EXPECT_EQ(Find(R"("sort": {"n": -1}, "skip": 1, "limit": 2)"),
            R"([ { "_id" : 4, "n" : 40 }, { "_id" : 3, "n" : 30 } ])");
}

TEST_P(DataSourceContract, FindSortsByTheFirstFieldThenByTheNext) {
  Insert(R"([{"_id": 1, "a": 1, "b": 1}, {"_id": 2, "a": 1, "b": 2}, {"_id": 3, "a": 0, "b": 3}])");
  EXPECT_EQ(Find(R"("sort": {"a": 1, "b": -1}, "projection": {"_id": 1})"),
            R"([ { "_id" : 3 }, { "_id" : 2 }, { "_id" : 1 } ])");
}

TEST_P(DataSourceContract, ProjectionNamesTheFieldsToGive) {
  Insert(R"([{"_id": 1, "a": 1, "b": {"c": 2, "d": 3}}])");
  EXPECT_EQ(Find(R"("projection": {"a": 1})"), R"([ { "_id" : 1, "a" : 1 } ])");
  EXPECT_EQ(Find(R"("projection": {"b.c": 1, "_id": 0})"), R"([ { "b" : { "c" : 2 } } ])");
}

TEST_P(DataSourceContract, ProjectionNamesTheFieldsToLeaveOut) {
  Insert(R"([{"_id": 1, "a": 1, "b": 2}])");
  EXPECT_EQ(Find(R"("projection": {"a": 0})"), R"([ { "_id" : 1, "b" : 2 } ])");
}

TEST_P(DataSourceContract, SingleBatchLeavesNoCursorOpen) {
  InsertNumbered(3);
  const std::string reply = Reply(R"({"find": "c", "limit": 1, "singleBatch": true, "sort": {"_id": 1}})");
  EXPECT_EQ(BsonAt(reply, "cursor.firstBatch"), R"([ { "_id" : 1, "n" : 10 } ])");
  EXPECT_EQ(BsonAt(reply, "cursor.id"), "0");
}

TEST_P(DataSourceContract, GetMoreGoesOnWhereTheLastBatchEnded) {
  InsertNumbered(5);
  const std::string cursor = OpenCursor();
  ASSERT_NE(cursor, "0");
  const std::string second = Reply(GetMore(cursor));
  EXPECT_EQ(BsonAt(second, "cursor.nextBatch"), R"([ { "_id" : 3, "n" : 30 }, { "_id" : 4, "n" : 40 } ])");
  EXPECT_EQ(BsonAt(second, "cursor.id"), cursor);
  const std::string last = Reply(GetMore(cursor));
  EXPECT_EQ(BsonAt(last, "cursor.nextBatch"), R"([ { "_id" : 5, "n" : 50 } ])");
  EXPECT_EQ(BsonAt(last, "cursor.id"), "0");
}

TEST_P(DataSourceContract, GetMoreFailsAfterTheLastBatch) {
  InsertNumbered(3);
  const std::string cursor = OpenCursor();
  Reply(GetMore(cursor));
  const DataError error = ErrorOf(GetMore(cursor));
  EXPECT_EQ(error.code, 43);
  EXPECT_EQ(error.code_name, "CursorNotFound");
}

TEST_P(DataSourceContract, GetMoreFailsForACursorThatIsNot) {
  const DataError error = ErrorOf(GetMore("12345678901"));
  EXPECT_EQ(error.code, 43);
  EXPECT_EQ(error.code_name, "CursorNotFound");
  EXPECT_THAT(error.message, HasSubstr("12345678901"));
}

TEST_P(DataSourceContract, SeveralCursorsAreOpenAtATime) {
  InsertNumbered(5);
  const std::string first = OpenCursor();
  const std::string second = OpenCursor();
  EXPECT_NE(first, second);
  EXPECT_THAT(Reply(GetMore(first)), Not(""));
  EXPECT_EQ(BsonAt(Reply(GetMore(second)), "cursor.nextBatch"),
            R"([ { "_id" : 3, "n" : 30 }, { "_id" : 4, "n" : 40 } ])");
}

TEST_P(DataSourceContract, KillCursorsEndsACursor) {
  InsertNumbered(5);
  const std::string cursor = OpenCursor();
  const std::string kill = absl::StrCat(R"({"killCursors": "c", "cursors": [{"$numberLong": ")", cursor, R"("}]})");
  const std::string reply = Reply(kill);
  EXPECT_EQ(BsonAt(reply, "cursorsKilled"), absl::StrCat("[ ", cursor, " ]"));
  EXPECT_EQ(BsonAt(reply, "cursorsNotFound"), "[  ]");
  EXPECT_EQ(ErrorOf(GetMore(cursor)).code, 43);
  EXPECT_EQ(BsonAt(Reply(kill), "cursorsNotFound"), absl::StrCat("[ ", cursor, " ]"));
}

TEST_P(DataSourceContract, CountCounts) {
  InsertNumbered(4);
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c"})"), "n"), "4");
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c", "query": {"n": {"$gte": 20}}})"), "n"), "3");
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c", "query": {"n": {"$gte": 20}}, "skip": 1, "limit": 1})"), "n"), "1");
  EXPECT_EQ(BsonAt(Reply(R"({"count": "nothing"})"), "n"), "0");
}

TEST_P(DataSourceContract, DistinctGivesEachValueOnce) {
  Insert(R"([{"a": 1}, {"a": 2}, {"a": 1}, {"a": [2, 3]}, {"b": 4}])");
  EXPECT_EQ(BsonAt(Reply(R"({"distinct": "c", "key": "a"})"), "values"), "[ 1, 2, 3 ]");
  EXPECT_EQ(BsonAt(Reply(R"({"distinct": "c", "key": "a", "query": {"a": {"$gt": 1}}})"), "values"), "[ 2, 3 ]");
}

TEST_P(DataSourceContract, AggregateRunsAPipeline) {
  Insert(R"([{"_id": 1, "k": "a", "n": 1}, {"_id": 2, "k": "b", "n": 2}, {"_id": 3, "k": "a", "n": 4}])");
  const std::string reply = Reply(
      R"({"aggregate": "c", "cursor": {}, "pipeline": [{"$match": {"n": {"$gt": 0}}},
          {"$group": {"_id": "$k", "sum": {"$sum": "$n"}}}, {"$sort": {"_id": 1}}]})");
  EXPECT_EQ(BsonAt(reply, "cursor.firstBatch"), R"([ { "_id" : "a", "sum" : 5 }, { "_id" : "b", "sum" : 2 } ])");
  EXPECT_EQ(BsonAt(reply, "cursor.id"), "0");
}

TEST_P(DataSourceContract, AggregateSkipsLimitsCountsAndUnwinds) {
  Insert(R"([{"_id": 1, "a": [1, 2]}, {"_id": 2, "a": [3]}, {"_id": 3, "a": []}])");
  EXPECT_EQ(BsonAt(Reply(R"({"aggregate": "c", "cursor": {}, "pipeline": [{"$unwind": "$a"}, {"$sort": {"a": -1}},
                             {"$skip": 1}, {"$limit": 1}]})"),
                   "cursor.firstBatch"),
            R"([ { "_id" : 1, "a" : 2 } ])");
  EXPECT_EQ(BsonAt(Reply(R"({"aggregate": "c", "cursor": {}, "pipeline": [{"$count": "all"}]})"), "cursor.firstBatch"),
            R"([ { "all" : 3 } ])");
}

TEST_P(DataSourceContract, AggregateGivesBatches) {
  InsertNumbered(3);
  const std::string reply =
      Reply(R"({"aggregate": "c", "cursor": {"batchSize": 2}, "pipeline": [{"$sort": {"_id": 1}}]})");
  EXPECT_EQ(BsonAt(reply, "cursor.firstBatch"), R"([ { "_id" : 1, "n" : 10 }, { "_id" : 2, "n" : 20 } ])");
  EXPECT_EQ(BsonAt(Reply(GetMore(BsonAt(reply, "cursor.id"))), "cursor.nextBatch"), R"([ { "_id" : 3, "n" : 30 } ])");
}

TEST_P(DataSourceContract, ListCollectionsNamesThem) {
  Insert("[{}]");
  Reply(R"({"insert": "d", "documents": [{}]})");
  const std::string all = BsonAt(Reply(R"({"listCollections": 1, "nameOnly": true})"), "cursor.firstBatch");
  EXPECT_THAT(all, HasSubstr(R"("name" : "c")"));
  EXPECT_THAT(all, HasSubstr(R"("name" : "d")"));
  const std::string one =
      BsonAt(Reply(R"({"listCollections": 1, "nameOnly": true, "filter": {"name": "d"}})"), "cursor.firstBatch");
  EXPECT_THAT(one, Not(HasSubstr(R"("name" : "c")")));
}

TEST_P(DataSourceContract, ListDatabasesNamesThem) {
  Insert("[{}]");
  const std::string own = database_;
  database_ = "admin";
  const std::string all = BsonAt(Reply(R"({"listDatabases": 1, "nameOnly": true})"), "databases");
  database_ = own;
  EXPECT_THAT(all, HasSubstr(absl::StrCat("\"name\" : \"", own, "\"")));
}

TEST_P(DataSourceContract, AFilterThatIsNoDocumentIsAnError) {
  const DataError error = ErrorOf(R"({"find": "c", "filter": 1})");
  EXPECT_EQ(error.code, 14);
  EXPECT_EQ(error.code_name, "TypeMismatch");
}

TEST_P(DataSourceContract, AnOperatorThatDoesNotExistIsAnError) {
  InsertNumbered(1);
  const DataError error = ErrorOf(R"({"find": "c", "filter": {"n": {"$nothing": 1}}})");
  EXPECT_EQ(error.code, 2);
  EXPECT_EQ(error.code_name, "BadValue");
  EXPECT_THAT(error.message, HasSubstr("$nothing"));
}

TEST_P(DataSourceContract, AStageThatDoesNotExistIsAnError) {
  InsertNumbered(1);
  const DataError error = ErrorOf(R"({"aggregate": "c", "cursor": {}, "pipeline": [{"$nothing": 1}]})");
  EXPECT_EQ(error.code, tested_->HasGaps() ? 40234 : 40324);
  EXPECT_THAT(error.message, HasSubstr("$nothing"));
}

TEST_P(DataSourceContract, ACommandThatDoesNotExistIsAnError) {
  const DataError error = ErrorOf(R"({"fly": 1})");
  EXPECT_EQ(error.code, 59);
  EXPECT_EQ(error.code_name, "CommandNotFound");
  EXPECT_THAT(error.message, HasSubstr("fly"));
}

TEST_P(DataSourceContract, ACommandThatIsNoDocumentIsAnError) {
  const DataError error = ErrorOf(Send("no BSON at all"));
  EXPECT_EQ(error.code, 22);
  EXPECT_EQ(error.code_name, "InvalidBSON");
}

TEST_P(DataSourceContract, ACommandThatIsBrokenInsideIsAnError) {
  std::string bytes = Bson(R"({"find": "c", "filter": {"a": "text"}})");
  // The length of the text `text`, now beyond the document's end.
  bytes[bytes.find(std::string("\x05\0\0\0text", 8))] = 0x7f;
  EXPECT_EQ(ErrorOf(Send(bytes)).code, 22);
}

TEST_P(DataSourceContract, ACommandThatIsTooLargeIsAnError) {
  const std::string json =
      absl::StrCat(R"({"insert": "c", "documents": [{"a": ")", std::string((16 << 20) + (16 << 10), 'x'), R"("}]})");
  const DataError error = ErrorOf(json);
  EXPECT_EQ(error.code, 10334);
  EXPECT_EQ(error.code_name, "BSONObjectTooLarge");
}

TEST_P(DataSourceContract, ACommandWithoutTimeLeftIsAnError) {
  CallContext context;
  context.deadline = absl::Now() - absl::Seconds(1);
  const DataError error = ErrorOf(Send(Bson(R"({"find": "c"})"), context));
  EXPECT_EQ(error.code, 0);
  EXPECT_THAT(error.message, HasSubstr("time"));
}

TEST_P(DataSourceContract, ACommandThatNobodyWaitsForIsAnError) {
  std::stop_source stop;
  stop.request_stop();
  CallContext context;
  context.stop = stop.get_token();
  EXPECT_EQ(ErrorOf(Send(Bson(R"({"find": "c"})"), context)).code, 0);
}

INSTANTIATE_TEST_SUITE_P(All, DataSourceContract, ::testing::Range(size_t{0}, TestedSources().size()),
                         [](const auto& info) { return TestedSources()[info.param].name; });

}  // namespace
}  // namespace overlock::executor
