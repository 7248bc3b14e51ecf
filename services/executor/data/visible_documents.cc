#include "services/executor/data/visible_documents.h"

#include <algorithm>
#include <iterator>

#include "common/ejson/bson.h"
#include "services/executor/data/bson_documents.h"

namespace overlock::executor {

using ejson::Value;

namespace {

constexpr absl::Duration kCloseTimeMax = absl::Seconds(5);

}  // namespace

Task<Attempt<std::string>> RunCommand(DataTarget target, Value command) {
  DataCommand message;
  message.database = std::move(target.database);
  message.command = ejson::ToBson(command);
  message.context = std::move(target.context);
  DataOutcome outcome = co_await target.source->Run(std::move(message));
  if (auto* error = std::get_if<DataError>(&outcome)) co_return ToFailure(std::move(*error));
  co_return std::move(std::get<DataReply>(outcome).reply);
}

Task<Attempt<std::optional<VisibleDocument>>> VisibleDocuments::Next() {
  while (true) {
    while (!fetched_.empty()) {
      VisibleDocument document;
      document.bytes = std::move(fetched_.front());
      fetched_.pop_front();
      absl::StatusOr<Value> value = ejson::FromBson(document.bytes);
      // What cannot be judged is hidden.
      if (!value.ok()) continue;
      document.value = *std::move(value);
      Value copy = document.value;
      std::optional<DocumentAccess> access = co_await rules_->AccessTo(std::move(copy), Value());
      if (!access || !MayReadPaths(*access)) continue;
      document.access = *std::move(access);
      if (document.access.Readable(document.value).is(Value::Type::kUndefined)) continue;
      co_return std::optional<VisibleDocument>(std::move(document));
    }
    if (begun_ && cursor_id_ == 0) co_return std::optional<VisibleDocument>();
    std::optional<ServiceFailure> failure = co_await Fetch();
    if (failure) co_return *std::move(failure);
  }
}

bool VisibleDocuments::MayReadPaths(const DocumentAccess& access) const {
  return std::all_of(paths_.begin(), paths_.end(), [&](const auto& path) { return access.MayRead(path); });
}

Task<std::optional<ServiceFailure>> VisibleDocuments::Fetch() {
  Value command = find_;
  if (begun_) {
    command =
        Value::Document({{"getMore", Value::Int64(cursor_id_)}, {"collection", Value::String(target_.collection)}});
  }
  begun_ = true;
  cursor_id_ = 0;
  DataTarget target = target_;
  Attempt<std::string> reply = co_await RunCommand(std::move(target), std::move(command));
  if (!reply.ok()) co_return std::move(reply.failure());
  std::optional<CursorReply> cursor = ReadCursorReply(*reply);
  if (!cursor) co_return ServiceFailure{"MongoDBError", "the server's reply has no cursor", 0, ""};
  cursor_id_ = cursor->id;
  std::move(cursor->documents.begin(), cursor->documents.end(), std::back_inserter(fetched_));
  co_return std::nullopt;
}

Task<void> VisibleDocuments::Close() {
  if (cursor_id_ == 0) co_return;
  Value command = Value::Document(
      {{"killCursors", Value::String(target_.collection)}, {"cursors", Value::Array({Value::Int64(cursor_id_)})}});
  cursor_id_ = 0;
  fetched_.clear();
  DataTarget target = target_;
  // Not that of the operation, which may be over. The server forgets the cursor by itself, later.
  target.context = CallContext();
  target.context.deadline = absl::Now() + kCloseTimeMax;
  Attempt<std::string> reply = co_await RunCommand(std::move(target), std::move(command));
  static_cast<void>(reply);
}

}  // namespace overlock::executor
