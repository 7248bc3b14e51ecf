// What every DataSource does when it is asked to change documents.
#include "tests/contract/data_source_contract.h"

namespace overlock::executor {
namespace {

using ::testing::HasSubstr;

TEST_P(DataSourceContract, InsertKeepsDocumentsInTheOrderOfTheirFields) {
  const std::string reply = Reply(R"({"insert": "c", "documents": [{"_id": 2, "b": 1, "a": 2}, {"_id": 1}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "2");
  EXPECT_EQ(BsonAt(reply, "ok"), "1.0");
  EXPECT_EQ(All(), R"([ { "_id" : 1 }, { "_id" : 2, "b" : 1, "a" : 2 } ])");
}

TEST_P(DataSourceContract, EveryTypeComesBackAsItWas) {
  const std::string documents = R"([{ "_id" : { "$oid" : "5f0c1c4d3b9f2c0001a1b2c3" },
    "double" : { "$numberDouble" : "1.0" }, "string" : "Ünïcode \u0001", "document" : { "z" : null, "a" : [  ] },
    "array" : [ { "$numberInt" : "1" }, "two", { "three" : true } ],
    "binary" : { "$binary" : { "base64" : "AAEC", "subType" : "00" } },
    "uuid" : { "$binary" : { "base64" : "AAECAwQFBgcICQoLDA0ODw==", "subType" : "04" } },
    "true" : true, "false" : false, "date" : { "$date" : { "$numberLong" : "-1" } }, "null" : null,
    "regex" : { "$regularExpression" : { "pattern" : "^a.*/", "options" : "im" } },
    "int" : { "$numberInt" : "-2147483648" }, "timestamp" : { "$timestamp" : { "t" : 4294967295, "i" : 7 } },
    "long" : { "$numberLong" : "9007199254740993" } }])";
  Insert(documents);
  const std::string reply = Reply(R"({"find": "c"})");
  EXPECT_EQ(CanonicalBsonAt(reply, "cursor.firstBatch.0"), CanonicalBsonAt(Bson(R"({"d": )" + documents + "}"), "d.0"));
}

TEST_P(DataSourceContract, RarerTypesComeBackAsTheyWere) {
  const std::string documents = R"([{ "_id" : 1, "min" : { "$minKey" : 1 }, "max" : { "$maxKey" : 1 },
    "decimal" : { "$numberDecimal" : "1.10" }, "code" : { "$code" : "return 1" },
    "md5" : { "$binary" : { "base64" : "AAECAwQFBgcICQoLDA0ODw==", "subType" : "05" } },
    "negative zero" : { "$numberDouble" : "-0.0" }, "nan" : { "$numberDouble" : "NaN" },
    "infinity" : { "$numberDouble" : "-Infinity" } }])";
  if (tested_->HasGaps()) GTEST_SKIP() << "this server cannot keep them";
  Insert(documents);
  const std::string reply = Reply(R"({"find": "c"})");
  EXPECT_EQ(CanonicalBsonAt(reply, "cursor.firstBatch.0"), CanonicalBsonAt(Bson(R"({"d": )" + documents + "}"), "d.0"));
}

TEST_P(DataSourceContract, ADuplicateKeyIsAWriteErrorThatSaysWhich) {
  InsertNumbered(2);
  const std::string reply = Reply(R"({"insert": "c", "documents": [{"_id": 3}, {"_id": 1}, {"_id": 4}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "1");
  EXPECT_EQ(BsonAt(reply, "ok"), "1.0");
  EXPECT_EQ(BsonAt(reply, "writeErrors.0.index"), "1");
  EXPECT_EQ(BsonAt(reply, "writeErrors.0.code"), "11000");
  EXPECT_THAT(BsonAt(reply, "writeErrors.0.errmsg"), HasSubstr("E11000 duplicate key error"));
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c"})"), "n"), "3");
}

TEST_P(DataSourceContract, WhatFollowsADuplicateKeyIsInsertedWhereNoOrderIsAskedFor) {
  InsertNumbered(2);
  const std::string reply =
      Reply(R"({"insert": "c", "ordered": false, "documents": [{"_id": 1}, {"_id": 3}, {"_id": 2}, {"_id": 4}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "2");
  EXPECT_EQ(BsonAt(reply, "writeErrors.0.index"), "0");
  EXPECT_EQ(BsonAt(reply, "writeErrors.1.index"), "2");
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c"})"), "n"), "4");
}

TEST_P(DataSourceContract, AUniqueIndexKeepsDuplicatesOut) {
  InsertNumbered(2);
  const std::string made =
      Reply(R"({"createIndexes": "c", "indexes": [{"key": {"n": 1}, "name": "n_1", "unique": true}]})");
  EXPECT_EQ(BsonAt(made, "ok"), "1.0");
  const std::string reply = Reply(R"({"insert": "c", "documents": [{"_id": 3, "n": 20}]})");
  EXPECT_EQ(BsonAt(reply, "writeErrors.0.code"), "11000");
  if (!tested_->HasGaps()) {
    EXPECT_THAT(BsonAt(reply, "writeErrors.0.errmsg"), HasSubstr("n_1"));
  }
}

TEST_P(DataSourceContract, UpdateChangesTheFirstThatMatches) {
  InsertNumbered(3);
  const std::string reply =
      Reply(R"({"update": "c", "updates": [{"q": {"n": {"$gt": 10}}, "u": {"$set": {"x": 1}}}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "1");
  EXPECT_EQ(BsonAt(reply, "nModified"), "1");
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c", "query": {"x": 1}})"), "n"), "1");
}

TEST_P(DataSourceContract, UpdateChangesAllWhereThatIsAskedFor) {
  InsertNumbered(3);
  const std::string reply =
      Reply(R"({"update": "c", "updates": [{"q": {"n": {"$gt": 10}}, "u": {"$inc": {"n": 1}}, "multi": true}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "2");
  EXPECT_EQ(BsonAt(reply, "nModified"), "2");
  EXPECT_EQ(All(), R"([ { "_id" : 1, "n" : 10 }, { "_id" : 2, "n" : 21 }, { "_id" : 3, "n" : 31 } ])");
}

TEST_P(DataSourceContract, UpdateThatChangesNothingSaysSo) {
  InsertNumbered(1);
  const std::string reply = Reply(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$set": {"n": 10}}}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "1");
  EXPECT_EQ(BsonAt(reply, "nModified"), "0");
}

TEST_P(DataSourceContract, UpdateWithADocumentReplaces) {
  InsertNumbered(1);
  const std::string reply = Reply(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"x": 1}}]})");
  EXPECT_EQ(BsonAt(reply, "nModified"), "1");
  EXPECT_EQ(All(), R"([ { "_id" : 1, "x" : 1 } ])");
}

TEST_P(DataSourceContract, UpsertInsertsWhereNothingMatches) {
  const std::string reply =
      Reply(R"({"update": "c", "updates": [{"q": {"_id": 7, "k": "a"}, "u": {"$set": {"n": 1}}, "upsert": true}]})");
  EXPECT_EQ(BsonAt(reply, "n"), "1");
  EXPECT_EQ(BsonAt(reply, "nModified"), "0");
  EXPECT_EQ(BsonAt(reply, "upserted"), R"([ { "index" : 0, "_id" : 7 } ])");
  EXPECT_EQ(Find(R"("filter": {"_id": 7, "k": "a", "n": 1}, "projection": {"n": 1})"), R"([ { "_id" : 7, "n" : 1 } ])");
}

TEST_P(DataSourceContract, UpsertMakesAnIdWhereNoneIsGiven) {
  const std::string reply =
      Reply(R"({"update": "c", "updates": [{"q": {"k": "a"}, "u": {"$set": {"n": 1}}, "upsert": true}]})");
  EXPECT_THAT(BsonAt(reply, "upserted.0._id"), HasSubstr("$oid"));
}

TEST_P(DataSourceContract, UpdateOperatorsDoWhatTheySay) {
  Insert(R"([{"_id": 1, "n": 4, "a": [1, 2], "old": 1, "gone": true}])");
  Reply(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$mul": {"n": 2}, "$push": {"a": 3},
            "$rename": {"old": "new"}, "$unset": {"gone": ""}}}]})");
  EXPECT_EQ(Find(R"("filter": {"_id": 1, "n": 8, "a": [1, 2, 3], "new": 1, "gone": {"$exists": false}},
                    "projection": {"_id": 1})"),
            R"([ { "_id" : 1 } ])");
  Reply(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$pull": {"a": 2}, "$min": {"n": 5}}}]})");
  EXPECT_EQ(Find(R"("filter": {"a": [1, 3], "n": 5}, "projection": {"_id": 1})"), R"([ { "_id" : 1 } ])");
  Reply(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$addToSet": {"a": 3}, "$pop": {"a": -1}}}]})");
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c"})"), "n"), "1");
}

TEST_P(DataSourceContract, AnUpdateOperatorThatDoesNotExistIsAnError) {
  InsertNumbered(1);
  const std::string reply = Reply(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$nothing": {"n": 1}}}]})");
  EXPECT_EQ(BsonAt(reply, "writeErrors.0.code"), "9");
  EXPECT_THAT(BsonAt(reply, "writeErrors.0.errmsg"), HasSubstr("$nothing"));
}

TEST_P(DataSourceContract, DeleteTakesOneOrAll) {
  InsertNumbered(4);
  EXPECT_EQ(BsonAt(Reply(R"({"delete": "c", "deletes": [{"q": {"n": {"$gt": 10}}, "limit": 1}]})"), "n"), "1");
  EXPECT_EQ(BsonAt(Reply(R"({"delete": "c", "deletes": [{"q": {"n": {"$gt": 10}}, "limit": 0}]})"), "n"), "2");
  EXPECT_EQ(All(), R"([ { "_id" : 1, "n" : 10 } ])");
  EXPECT_EQ(BsonAt(Reply(R"({"delete": "c", "deletes": [{"q": {"n": 0}, "limit": 1}]})"), "n"), "0");
}

TEST_P(DataSourceContract, FindAndModifyGivesWhatWasThere) {
  InsertNumbered(2);
  const std::string reply = Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "update": {"$set": {"n": 11}}})");
  EXPECT_EQ(BsonAt(reply, "value"), R"({ "_id" : 1, "n" : 10 })");
  EXPECT_EQ(BsonAt(reply, "lastErrorObject.updatedExisting"), "true");
  EXPECT_EQ(BsonAt(reply, "lastErrorObject.n"), "1");
  EXPECT_EQ(Find(R"("filter": {"_id": 1})"), R"([ { "_id" : 1, "n" : 11 } ])");
}

TEST_P(DataSourceContract, FindAndModifyGivesWhatIsThereNowWhereThatIsAskedFor) {
  InsertNumbered(1);
  const std::string reply =
      Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "update": {"$inc": {"n": 5}}, "new": true})");
  EXPECT_EQ(BsonAt(reply, "value"), R"({ "_id" : 1, "n" : 15 })");
}

TEST_P(DataSourceContract, FindAndModifyGivesTheFieldsThatAreAskedFor) {
  if (tested_->HasGaps()) GTEST_SKIP() << "this server does not know `fields`";
  InsertNumbered(1);
  const std::string reply = Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "fields": {"n": 1, "_id": 0},
                                      "update": {"$set": {"x": 1}}})");
  EXPECT_EQ(BsonAt(reply, "value"), R"({ "n" : 10 })");
}

TEST_P(DataSourceContract, FindAndModifyTakesTheFirstInAnOrder) {
  InsertNumbered(3);
  const std::string reply =
      Reply(R"({"findAndModify": "c", "query": {}, "sort": {"n": -1}, "update": {"$set": {"x": 1}}})");
  EXPECT_EQ(BsonAt(reply, "value"), R"({ "_id" : 3, "n" : 30 })");
  EXPECT_EQ(Find(R"("filter": {"x": 1}, "projection": {"_id": 1})"), R"([ { "_id" : 3 } ])");
}

TEST_P(DataSourceContract, FindAndModifyReplaces) {
  InsertNumbered(1);
  Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "update": {"x": 1}})");
  EXPECT_EQ(All(), R"([ { "_id" : 1, "x" : 1 } ])");
}

TEST_P(DataSourceContract, FindAndModifyRemoves) {
  InsertNumbered(2);
  const std::string reply = Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "remove": true})");
  EXPECT_EQ(BsonAt(reply, "value"), R"({ "_id" : 1, "n" : 10 })");
  EXPECT_EQ(All(), R"([ { "_id" : 2, "n" : 20 } ])");
}

TEST_P(DataSourceContract, FindAndModifyUpserts) {
  const std::string reply = Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "update": {"$set": {"n": 1}},
                                      "upsert": true, "new": true})");
  EXPECT_EQ(BsonAt(reply, "value"), R"({ "_id" : 1, "n" : 1 })");
  EXPECT_EQ(BsonAt(reply, "lastErrorObject.updatedExisting"), "false");
  EXPECT_EQ(BsonAt(reply, "lastErrorObject.upserted"), "1");
}

TEST_P(DataSourceContract, FindAndModifyGivesNullWhereNothingMatches) {
  EXPECT_EQ(BsonAt(Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "update": {"$set": {"n": 1}}})"), "value"),
            "null");
  EXPECT_EQ(BsonAt(Reply(R"({"findAndModify": "c", "query": {"_id": 1}, "remove": true})"), "value"), "null");
}

TEST_P(DataSourceContract, FindAndModifyThatMakesADuplicateIsAnError) {
  if (tested_->HasGaps()) GTEST_SKIP() << "this server calls it an internal error";
  InsertNumbered(2);
  Reply(R"({"createIndexes": "c", "indexes": [{"key": {"n": 1}, "name": "n_1", "unique": true}]})");
  const DataError error = ErrorOf(R"({"findAndModify": "c", "query": {"_id": 1}, "update": {"$set": {"n": 20}}})");
  EXPECT_EQ(error.code, 11000);
  EXPECT_EQ(error.code_name, "DuplicateKey");
}

TEST_P(DataSourceContract, ManyWritesAtATimeAreAllDone) {
  constexpr int kWrites = 40;
  std::vector<std::promise<DataOutcome>> outcomes(kWrites);
  for (int i = 0; i < kWrites; ++i) {
    DataCommand command{database_, Bson(absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", i, "}]}")), {}};
    auto run = [](DataSource& source, DataCommand command, std::promise<DataOutcome>& outcome) -> Task<void> {
      outcome.set_value(co_await source.Run(std::move(command)));
    };
    Detach(loops_.Get(0), run(tested_->source(), std::move(command), outcomes[i]));
  }
  for (auto& outcome : outcomes) {
    const DataOutcome got = outcome.get_future().get();
    ASSERT_TRUE(std::holds_alternative<DataReply>(got)) << std::get<DataError>(got).message;
    EXPECT_EQ(BsonAt(std::get<DataReply>(got).reply, "n"), "1");
  }
  EXPECT_EQ(BsonAt(Reply(R"({"count": "c"})"), "n"), absl::StrCat(kWrites));
}

TEST_P(DataSourceContract, DropTakesACollectionAway) {
  InsertNumbered(1);
  Reply(R"({"drop": "c"})");
  EXPECT_EQ(All(), "[  ]");
}

}  // namespace
}  // namespace overlock::executor
