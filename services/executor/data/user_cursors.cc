#include "services/executor/data/user_cursors.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

#include "common/async/event_loops.h"

namespace overlock::executor {
namespace {

// Positive, and below 2^53 so that every client can hold it.
int64_t NewId() {
  uint64_t id = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&id), sizeof id) != 1) std::abort();
  return static_cast<int64_t>(id >> 11) + 1;
}

Task<void> CloseCursor(UserCursorPtr cursor) { co_await cursor->Close(); }

}  // namespace

Task<Attempt<std::string>> UserCursors::Open(ServiceCallPtr call, UserCursorPtr cursor) {
  if (entries_.size() >= kItemsMax) {
    co_return ServiceFailure{"InternalServerError", "too many cursors are open", 0, ""};
  }
  co_return co_await Advance(std::move(call), std::move(cursor), 0);
}

Task<Attempt<std::string>> UserCursors::Continue(ServiceCallPtr call, int64_t id) {
  UserCursorPtr cursor = Take(*call, id);
  if (cursor == nullptr) {
    co_return ServiceFailure{"MongoDBError", "the function has no cursor of this number", 43, "CursorNotFound"};
  }
  co_return co_await Advance(std::move(call), std::move(cursor), id);
}

Task<Attempt<std::string>> UserCursors::Advance(ServiceCallPtr call, UserCursorPtr cursor, int64_t id) {
  Attempt<CursorReply> batch = co_await cursor->NextBatch();
  if (!batch.ok()) {
    co_await cursor->Close();
    co_return std::move(batch.failure());
  }
  const bool is_more = id != 0;
  if (batch->id != 0) {
    batch->id = is_more ? id : NewId();
    if (call->context.stop.stop_requested()) {
      co_await cursor->Close();
    } else {
      Keep(*call, std::move(cursor), batch->id);
    }
  }
  co_return MakeCursorReply(*batch, is_more);
}

Task<void> UserCursors::Close(ServiceCallPtr call, int64_t id) {
  UserCursorPtr cursor = Take(*call, id);
  if (cursor != nullptr) co_await cursor->Close();
}

void UserCursors::Keep(const ServiceCall& call, UserCursorPtr cursor, int64_t id) {
  Entry& entry = entries_[id];
  entry.cursor = std::move(cursor);
  entry.invocation = call.invocation;
  auto end = [weak = weak_from_this(), id] {
    if (auto self = weak.lock()) self->EndOf(id);
  };
  entry.stop = std::make_unique<Stop>(call.context.stop, std::move(end));
}

UserCursorPtr UserCursors::Take(const ServiceCall& call, int64_t id) {
  auto it = entries_.find(id);
  if (it == entries_.end() || it->second.invocation.lock() != call.invocation) return nullptr;
  UserCursorPtr cursor = std::move(it->second.cursor);
  entries_.erase(it);
  return cursor;
}

void UserCursors::EndOf(int64_t id) {
  auto it = entries_.find(id);
  if (it == entries_.end()) return;
  // The callback that runs now goes with its entry.
  Entry entry = std::move(it->second);
  entries_.erase(it);
  Detach(executor_, CloseCursor(std::move(entry.cursor)));
}

}  // namespace overlock::executor
