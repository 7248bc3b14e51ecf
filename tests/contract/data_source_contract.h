// The fixture of what every DataSource does, and where one is added to those that are tried.
#ifndef OVERLOCK_TESTS_CONTRACT_DATA_SOURCE_CONTRACT_H_
#define OVERLOCK_TESTS_CONTRACT_DATA_SOURCE_CONTRACT_H_

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/testing/bson_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/data/data_source.h"

namespace overlock::executor {

// Runs a command on the loop and waits for its outcome.
inline DataOutcome RunOn(boost::asio::any_io_executor loop, DataSource& source, DataCommand command) {
  std::promise<DataOutcome> outcome;
  auto run = [](DataSource& source, DataCommand command, std::promise<DataOutcome>& outcome) -> Task<void> {
    outcome.set_value(co_await source.Run(std::move(command)));
  };
  Detach(std::move(loop), run(source, std::move(command), outcome));
  return outcome.get_future().get();
}

// A source and what belongs to it.
class TestedSource {
 public:
  virtual ~TestedSource() = default;
  virtual DataSource& source() = 0;
  // Whether it stands for MongoDB in tests and cannot do all that MongoDB can (FerretDB).
  virtual bool HasGaps() { return false; }
};

struct TestedSourceCase {
  std::string name;
  // Makes one on the loop. FAILED_PRECONDITION where it cannot be had on this machine.
  std::function<absl::StatusOr<std::unique_ptr<TestedSource>>(boost::asio::any_io_executor loop)> make;
};

// Those that are tried; add yours from a file of your own, before main: `const bool kAdded = AddTestedSource({…});`.
inline std::vector<TestedSourceCase>& TestedSources() {
  static std::vector<TestedSourceCase> cases;
  return cases;
}
inline bool AddTestedSource(TestedSourceCase tested) {
  TestedSources().push_back(std::move(tested));
  return true;
}

// Each test has a database of its own, and drops it.
class DataSourceContract : public ::testing::TestWithParam<size_t> {
 protected:
  void SetUp() override;
  void TearDown() override;

  DataOutcome Send(const std::string& bytes) { return Send(bytes, CallContext()); }
  DataOutcome Send(const std::string& bytes, CallContext context) {
    DataCommand command{database_, bytes, std::move(context)};
    return RunOn(loops_.Get(0), tested_->source(), std::move(command));
  }
  // The reply's bytes; a failure of the test if there is an error instead.
  std::string Reply(const std::string& json) {
    DataOutcome outcome = Send(Bson(json));
    if (const auto* error = std::get_if<DataError>(&outcome)) {
      ADD_FAILURE() << json << ": " << error->code << " " << error->code_name << ": " << error->message;
      return Bson("{}");
    }
    return std::get<DataReply>(outcome).reply;
  }
  // The error; a failure of the test if there is a reply instead.
  DataError ErrorOf(const DataOutcome& outcome) {
    if (const auto* reply = std::get_if<DataReply>(&outcome)) {
      ADD_FAILURE() << "a reply: " << BsonAt(reply->reply, "");
      return {};
    }
    return std::get<DataError>(outcome);
  }
  DataError ErrorOf(const std::string& json) { return ErrorOf(Send(Bson(json))); }

  // Inserts `documents`, a JSON array, into the collection `c`.
  void Insert(const std::string& documents) {
    const std::string reply = Reply(absl::StrCat(R"({"insert": "c", "documents": )", documents, "}"));
    ASSERT_EQ(BsonAt(reply, "writeErrors"), "");
  }
  // Documents {_id: 1, n: 10}, {_id: 2, n: 20}, …
  void InsertNumbered(int count) {
    std::string documents;
    for (int i = 1; i <= count; ++i) {
      absl::StrAppend(&documents, i == 1 ? "" : ",", R"({"_id": )", i, R"(, "n": )", 10 * i, "}");
    }
    Insert(absl::StrCat("[", documents, "]"));
  }
  // The first batch of a find in `c`: `rest` are its further fields.
  std::string Find(const std::string& rest) {
    return BsonAt(Reply(absl::StrCat(R"({"find": "c")", rest.empty() ? "" : ", ", rest, "}")), "cursor.firstBatch");
  }
  // What `c` holds, by _id.
  std::string All() { return Find(R"("sort": {"_id": 1})"); }
  // Opens a cursor over `c` with two documents in its first batch; its number.
  std::string OpenCursor() {
    return BsonAt(Reply(R"({"find": "c", "sort": {"_id": 1}, "batchSize": 2})"), "cursor.id");
  }
  static std::string GetMore(const std::string& cursor) {
    return absl::StrCat(R"({"getMore": {"$numberLong": ")", cursor, R"("}, "collection": "c", "batchSize": 2})");
  }

  EventLoops loops_{1};
  std::unique_ptr<TestedSource> tested_;
  std::string database_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_TESTS_CONTRACT_DATA_SOURCE_CONTRACT_H_
