#include "services/executor/data/data_service.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/ejson/bson.h"
#include "services/executor/data/rules/query_check.h"
#include "services/executor/data/user_writes.h"
#include "services/executor/supervisor/invocation.h"

namespace overlock::executor {
namespace {

using ejson::Value;
using Type = Value::Type;

constexpr char kSecondsMetric[] = "overlock_executor_data_seconds";
constexpr char kErrorsMetric[] = "overlock_executor_data_errors_total";
// MongoDB's own bound of a command, and what belongs to it.
constexpr size_t kCommandBytesMax = (16 << 20) + (16 << 10);

// As a metric may tell it.
std::string_view TypeName(const ServiceCall& call) {
  for (std::string_view name : {"mongodb", "mongodb-atlas", "datalake"}) {
    if (call.service->type() == name) return name;
  }
  return "unknown";
}

// What failed: the rules, the arguments, the server, or the way to it.
std::string_view KindOf(const ServiceFailure& failure) {
  if (failure.code == "NoMatchingRuleFound" || failure.code == "SchemaValidationFailedWrite") return "blocked";
  if (failure.code != "MongoDBError") return "refused";
  return failure.number != 0 ? "server" : "unreachable";
}

int64_t CursorIdIn(const Value& command) {
  Value id = FieldOf(command, "getMore");
  if (const Value cursors = FieldOf(command, "cursors"); cursors.is(Type::kArray) && cursors.items().size() == 1) {
    id = cursors.items()[0];
  }
  if (id.is(Type::kInt32)) return id.as_int32();
  return id.is(Type::kInt64) ? id.as_int64() : 0;
}

}  // namespace

DataService::DataService(boost::asio::any_io_executor executor, std::shared_ptr<DataSources> sources, Metrics& metrics)
    : sources_(std::move(sources)), cursors_(std::make_shared<UserCursors>(std::move(executor))), metrics_(metrics) {}

std::string_view DataService::KnownAction(std::string_view action) const {
  const DataAction* known = FindDataAction(action);
  return known == nullptr ? std::string_view() : known->name;
}

std::string DataService::SubjectOf(const ServiceCall& call) const { return NamespaceOf(call); }

Task<ServiceOutcome> DataService::Call(ServiceCallPtr call) {
  const int64_t began_ns = MonotonicNanos();
  const DataAction* action = FindDataAction(call->action);
  Attempt<std::string> reply = co_await Run(call, action);
  Measure(*call, action->name, reply, static_cast<double>(MonotonicNanos() - began_ns) * 1e-9);
  if (!reply.ok()) co_return std::move(reply.failure());
  ServiceValue value;
  value.value = Value::Document({});
  value.body = std::move(*reply);
  co_return value;
}

Task<Attempt<std::string>> DataService::Run(ServiceCallPtr call, const DataAction* action) {
  if (call->body.size() > kCommandBytesMax) {
    co_return BadParameter(
        absl::StrCat(call->action, ": the command has ", call->body.size(), " bytes, allowed: ", kCommandBytesMax));
  }
  Attempt<DataOperation> operation = ReadOperation(*call, *action);
  if (!operation.ok()) co_return std::move(operation.failure());
  DataOperation read = std::move(*operation);
  if (executor::RunsAsSystem(*call)) co_return co_await RunAsSystem(std::move(call), std::move(read));
  if (action->system_only) {
    co_return Forbidden(absl::StrCat("no matching rule found: ", call->action, " is for system functions"));
  }
  co_return co_await RunAsUser(std::move(call), std::move(read));
}

Task<Attempt<std::string>> DataService::RunAsSystem(ServiceCallPtr call, DataOperation operation) {
  if (operation.command == "aggregate") {
    absl::StatusOr<Value> command = ejson::FromBson(call->body);
    if (!command.ok()) co_return BadParameter(std::string(command.status().message()));
    if (std::optional<std::string> stage = FindStageForNobody(FieldOf(*command, "pipeline")); stage) {
      co_return Forbidden(absl::StrCat("aggregate of ", NamespaceOf(*call), ": ", *stage, " is not for functions"));
    }
  }
  DataCommand message;
  message.database = std::move(operation.database);
  message.command = call->body;
  message.context = call->context;
  DataSource* source = sources_->Find(*call);
  DataOutcome outcome = co_await source->Run(std::move(message));
  if (auto* error = std::get_if<DataError>(&outcome)) co_return ToFailure(std::move(*error));
  co_return std::move(std::get<DataReply>(outcome).reply);
}

Task<Attempt<std::string>> DataService::RunAsUser(ServiceCallPtr call, DataOperation operation) {
  absl::StatusOr<Value> command = ejson::FromBson(call->body);
  if (!command.ok()) co_return BadParameter(std::string(command.status().message()));
  if (std::optional<ServiceFailure> refusal = RefuseAsUser(*call, *command); refusal) co_return *std::move(refusal);
  const DataRules* rules = call->code->FindDataRules(call->service->name());
  const CollectionRules* own = rules == nullptr ? nullptr : rules->Find(operation.database, operation.collection);
  if (own == nullptr) {
    co_return Forbidden(absl::StrCat("no rule exists for namespace '", NamespaceOf(*call), "'"));
  }
  if (operation.command == "getMore") {
    const int64_t id = CursorIdIn(*command);
    co_return co_await cursors_->Continue(std::move(call), id);
  }
  if (operation.command == "killCursors") {
    const int64_t id = CursorIdIn(*command);
    co_await cursors_->Close(std::move(call), id);
    co_return ejson::ToBson(Value::Document({{"ok", Value::Double(1)}}));
  }
  auto user = std::make_shared<UserCall>();
  user->call = call;
  user->target = {sources_->Find(*call), std::move(operation.database), std::move(operation.collection), call->context};
  user->rules = std::make_shared<RuleEvaluation>(call, *own, functions_);
  user->command = *std::move(command);
  UserCallPtr ready = std::move(user);
  co_return co_await RunWithRules(std::move(ready), std::move(operation.command));
}

Task<Attempt<std::string>> DataService::RunWithRules(UserCallPtr user, std::string command) {
  if (user->call->action == "countDocuments") co_return co_await CountDocumentsAsUser(std::move(user));
  if (command == "count") co_return co_await CountAsUser(std::move(user));
  if (command == "distinct") co_return co_await DistinctAsUser(std::move(user));
  if (command == "insert") co_return co_await InsertAsUser(std::move(user));
  if (command == "update") co_return co_await UpdateAsUser(std::move(user));
  if (command == "delete") co_return co_await DeleteAsUser(std::move(user));
  if (command == "findAndModify") co_return co_await FindAndModifyAsUser(std::move(user));
  ServiceCallPtr call = user->call;
  Attempt<UserCursorPtr> cursor;
  if (command == "aggregate") {
    cursor = co_await AggregateAsUser(std::move(user));
  } else {
    cursor = co_await FindAsUser(std::move(user));
  }
  if (!cursor.ok()) co_return std::move(cursor.failure());
  UserCursorPtr opened = std::move(*cursor);
  co_return co_await cursors_->Open(std::move(call), std::move(opened));
}

void DataService::Measure(const ServiceCall& call, std::string_view action, const Attempt<std::string>& outcome,
                          double seconds) {
  const std::string_view type = TypeName(call);
  Histogram*& histogram = seconds_[{type, action}];
  if (histogram == nullptr) {
    histogram =
        &metrics_.GetHistogram(kSecondsMetric, "How long operations on documents take, their rules included.",
                               LatencyBuckets(), {{"type", std::string(type)}, {"action", std::string(action)}});
  }
  histogram->Observe(seconds);
  if (outcome.ok()) return;
  const std::string_view kind = KindOf(outcome.failure());
  Counter*& counter = errors_[{type, action, kind}];
  if (counter == nullptr) {
    counter = &metrics_.GetCounter(
        kErrorsMetric, "Operations on documents that failed, by what failed.",
        {{"type", std::string(type)}, {"action", std::string(action)}, {"kind", std::string(kind)}});
  }
  counter->Increment();
}

}  // namespace overlock::executor
