// What the engine does with commands is tested in runtime/documents/test; here, that it does so on SQLite.
#include "services/executor/data/embedded/embedded_test_fixture.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class EmbeddedCommandsTest : public EmbeddedTest {};

TEST_F(EmbeddedCommandsTest, AnInsertedDocumentIsFoundByItsId) {
  EXPECT_EQ(Run(R"({"insert": "c", "documents": [{"_id": 1, "a": "x"}, {"_id": 2, "a": "y"}]})"),
            R"({"n":{"$numberInt":"2"},"ok":{"$numberDouble":"1.0"}})");
  EXPECT_EQ(Run(R"({"find": "c", "filter": {"_id": 2.0}})"),
            R"({"cursor":{"firstBatch":[{"_id":{"$numberInt":"2"},"a":"y"}],"id":{"$numberLong":"0"},"ns":"db.c"},)"
            R"("ok":{"$numberDouble":"1.0"}})");
}

TEST_F(EmbeddedCommandsTest, DocumentsAreScannedInTheOrderOfInsertionAcrossChunks) {
  std::string padding(2'000, 'x');
  for (int i = 0; i < 100; ++i) {
    Run(absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", 1000 - i, R"(, "odd": )", i % 2, R"(, "p": ")",
                     padding, "\"}]}"));
  }
  std::string reply = Run(R"({"find": "c", "filter": {"odd": 1}, "projection": {"_id": 1}, "limit": 3, "skip": 40})");
  EXPECT_THAT(reply,
              HasSubstr(R"([{"_id":{"$numberInt":"919"}},{"_id":{"$numberInt":"917"}},{"_id":{"$numberInt":"915"}}])"));
  EXPECT_THAT(Run(R"({"count": "c", "query": {"odd": 1}})"), HasSubstr(R"("n":{"$numberInt":"50"})"));
}

TEST_F(EmbeddedCommandsTest, AnUpdateIsStoredAndADeleteToo) {
  Run(R"({"insert": "c", "documents": [{"_id": 1, "n": 1}, {"_id": 2, "n": 1}]})");
  EXPECT_THAT(Run(R"({"update": "c", "updates": [{"q": {"n": 1}, "u": {"$inc": {"n": 5}}, "multi": true}]})"),
              HasSubstr(R"("n":{"$numberInt":"2"},"nModified":{"$numberInt":"2"})"));
  EXPECT_THAT(Run(R"({"delete": "c", "deletes": [{"q": {"_id": 1}, "limit": 1}]})"),
              HasSubstr(R"("n":{"$numberInt":"1"})"));
  EXPECT_THAT(Run(R"({"find": "c"})"), HasSubstr(R"([{"_id":{"$numberInt":"2"},"n":{"$numberInt":"6"}}])"));
}

TEST_F(EmbeddedCommandsTest, AnErrorHasMongoDbsCodeAndName) {
  EXPECT_THAT(Run(R"({"fly": 1})"), StartsWith("59 CommandNotFound: no such command: 'fly'"));
  EXPECT_THAT(Run(R"({"find": "c", "filter": {"$foo": 1}})"), StartsWith("2 BadValue: "));
  EXPECT_THAT(Run(R"({"drop": "c"})"), StartsWith("26 NamespaceNotFound: "));
  EXPECT_THAT(Shown(RunBytes(*source_, "no BSON")), StartsWith("22 InvalidBSON: "));
  EXPECT_THAT(Shown(RunBytes(*source_, Bson(R"({"find": "c"})"), {}, "a/b")), StartsWith("73 InvalidNamespace: "));
}

TEST_F(EmbeddedCommandsTest, ADuplicateKeyIsAWriteErrorAndWhatWasBeforeItStays) {
  EXPECT_THAT(Run(R"({"insert": "c", "documents": [{"_id": 1}, {"_id": 1.0}, {"_id": 2}]})"),
              HasSubstr(R"("code":{"$numberInt":"11000"})"));
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
}

TEST_F(EmbeddedCommandsTest, AUniqueIndexIsHeldAfterARestart) {
  Run(R"({"insert": "c", "documents": [{"_id": 1, "mail": "a"}, {"_id": 2, "mail": "b"}]})");
  Run(R"({"createIndexes": "c", "indexes": [{"key": {"mail": 1}, "name": "mail_1", "unique": true}]})");
  Close();
  Open();
  EXPECT_THAT(Run(R"({"insert": "c", "documents": [{"_id": 3, "mail": "a"}]})"), HasSubstr("index:mail_1"));
  EXPECT_THAT(Run(R"({"update": "c", "updates": [{"q": {"_id": 2}, "u": {"$set": {"mail": "a"}}}]})"),
              HasSubstr("index:mail_1"));
  Run(R"({"delete": "c", "deletes": [{"q": {"_id": 1}, "limit": 1}]})");
  EXPECT_THAT(Run(R"({"insert": "c", "documents": [{"_id": 3, "mail": "a"}]})"), Not(HasSubstr("writeErrors")));
  EXPECT_THAT(Run(R"({"createIndexes": "c", "indexes": [{"key": {"x": 1}, "unique": true}]})"),
              StartsWith("11000 DuplicateKey: E11000"));
}

TEST_F(EmbeddedCommandsTest, ApplicationsAndServicesDoNotSeeEachOther) {
  auto neighbour = database_->MakeSource("other", "mongodb-atlas");
  auto second = database_->MakeSource("shop", "second");
  Run(R"({"insert": "c", "documents": [{"_id": 1}]})");
  for (DataSource* other : {neighbour.get(), second.get()}) {
    EXPECT_THAT(Run(*other, R"({"find": "c"})"), HasSubstr(R"("firstBatch":[])"));
    EXPECT_THAT(Run(*other, R"({"listDatabases": 1, "nameOnly": true})"), HasSubstr(R"("databases":[])"));
    EXPECT_THAT(Run(*other, R"({"insert": "c", "documents": [{"_id": 1}]})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
    Run(*other, R"({"dropDatabase": 1})");
  }
  EXPECT_THAT(Run(R"({"find": "c"})"), HasSubstr(R"("firstBatch":[{"_id":{"$numberInt":"1"}}])"));
}

TEST_F(EmbeddedCommandsTest, ASourceOfTheSamePairHasTheSameDocuments) {
  Run(R"({"insert": "c", "documents": [{"_id": 1}]})");
  source_ = database_->MakeSource("shop", "mongodb-atlas");
  EXPECT_THAT(Run(R"({"count": "c"})"), HasSubstr(R"("n":{"$numberInt":"1"})"));
}

TEST_F(EmbeddedCommandsTest, WholeTypesComeBackByteForByte) {
  std::string document = Bson(
      R"({"_id": 1, "d": {"$numberDouble": "1.0"}, "l": {"$numberLong": "1"}, "m": {"$numberDecimal": "1.10"},
          "b": {"$binary": {"base64": "AQI=", "subType": "80"}}, "t": {"$timestamp": {"t": 1, "i": 2}},
          "r": {"$regularExpression": {"pattern": "a", "options": "i"}}, "u": {"$undefined": true},
          "s": {"$symbol": "s"}, "min": {"$minKey": 1}, "max": {"$maxKey": 1}, "1": 1, "0": 0})");
  bson_t command = BSON_INITIALIZER;
  bson_t documents;
  bson_t inner;
  bson_append_utf8(&command, "insert", -1, "c", -1);
  bson_append_array_begin(&command, "documents", -1, &documents);
  ASSERT_TRUE(bson_init_static(&inner, reinterpret_cast<const uint8_t*>(document.data()), document.size()));
  bson_append_document(&documents, "0", -1, &inner);
  bson_append_array_end(&command, &documents);
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(&command)), command.len);
  bson_destroy(&command);
  ASSERT_THAT(Shown(RunBytes(*source_, bytes)), HasSubstr(R"("n":{"$numberInt":"1"})"));
  DataOutcome found = RunBytes(*source_, Bson(R"({"find": "c"})"));
  EXPECT_THAT(std::get<DataReply>(found).reply, HasSubstr(document));
}

TEST_F(EmbeddedCommandsTest, APrototypeCannotBePoisoned) {
  Run(R"({"insert": "c", "documents": [{"_id": 1, "__proto__": {"x": 1}, "constructor": {"prototype": {"x": 1}}}]})");
  EXPECT_THAT(Run(R"({"update": "c", "updates": [{"q": {}, "u": {"$set": {"__proto__.y": 1}}}]})"),
              HasSubstr("__proto__"));
  Run(R"({"update": "c", "updates": [{"q": {}, "u": {"$set": {"constructor.prototype.y": 1}}}]})");
  EXPECT_THAT(Run(R"({"find": "c"})"), HasSubstr(R"("__proto__":{"x":{"$numberInt":"1"}})"));
  EXPECT_THAT(Run(R"({"find": "c", "filter": {"y": {"$exists": true}}})"), HasSubstr(R"("firstBatch":[])"));
}

}  // namespace
}  // namespace overlock::executor
