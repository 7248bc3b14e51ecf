// The documents of a query that a user can see.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_VISIBLE_DOCUMENTS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_VISIBLE_DOCUMENTS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/task.h"
#include "common/ejson/value.h"
#include "services/executor/data/attempt.h"
#include "services/executor/data/data_source.h"
#include "services/executor/data/rules/document_access.h"
#include "services/executor/data/rules/rule_evaluation.h"

namespace overlock::executor {

// Where commands of an operation go, and until when.
struct DataTarget {
  DataSource* source = nullptr;
  std::string database;
  std::string collection;
  CallContext context;
};

// Runs a command. MongoDBError where it fails.
Task<Attempt<std::string>> RunCommand(DataTarget target, ejson::Value command);

struct VisibleDocument {
  ejson::Value value;
  // As it came.
  std::string bytes;
  DocumentAccess access;
};

// Asks for the documents one after the other, batch by batch. Used on the supervisor's loop only; outlives its tasks.
class VisibleDocuments {
 public:
  // `find` is the command, without a projection if rules look at documents. A document in which the user cannot read
  // all of `paths` is left out: that a query matches it would tell what it holds.
  VisibleDocuments(DataTarget target, ejson::Value find, std::shared_ptr<RuleEvaluation> rules,
                   std::vector<std::vector<std::string>> paths)
      : target_(std::move(target)), find_(std::move(find)), rules_(std::move(rules)), paths_(std::move(paths)) {}

  // The next one; empty when there is none.
  Task<Attempt<std::optional<VisibleDocument>>> Next();

  // Whether the server has or may have more. Close() gives them up.
  bool is_open() const { return cursor_id_ != 0; }
  Task<void> Close();

 private:
  Task<std::optional<ServiceFailure>> Fetch();
  bool MayReadPaths(const DocumentAccess& access) const;

  const DataTarget target_;
  const ejson::Value find_;
  const std::shared_ptr<RuleEvaluation> rules_;
  const std::vector<std::vector<std::string>> paths_;
  bool begun_ = false;
  int64_t cursor_id_ = 0;
  std::deque<std::string> fetched_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_VISIBLE_DOCUMENTS_H_
