// The sessions that functions start.
#include <boost/asio/post.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"
#include "services/executor/data/mongoc/cluster.h"
#include "services/executor/data/mongoc/library.h"

namespace overlock::executor {
namespace {

using Kind = CommandHead::Kind;

// `{ok: 1}`.
constexpr std::string_view kOk("\x11\0\0\0\x01ok\0\0\0\0\0\0\0\xf0\x3f\0", 17);

}  // namespace

void Cluster::BeginEndSessions(const CommandPtr& command) {
  for (std::string_view session : command->head.ended_sessions) EndSession({command->app_id, std::string(session)});
  command->Resume(DataReply{std::string(kOk)});
  StartWaiting();
}

void Cluster::BeginInSession(const CommandPtr& command) {
  const SessionKey key = {command->app_id, std::string(command->head.session)};
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) {
    const auto app = apps_.find(command->app_id);
    if (cursor_slots_ >= cursors_max_ || (app != apps_.end() && app->second.cursors >= app_cursors_max_)) {
      return command->Resume(DataError{0, "", "too many sessions and cursors of this application are open"});
    }
  }
  HeldSession& held = found == sessions_.end() ? MakeSession(key, command->command.context) : found->second;
  if (command->head.kind == Kind::kGetMore || command->head.kind == Kind::kKillCursors) {
    const int64_t id = command->head.cursors.empty() ? 0 : command->head.cursors.front();
    const auto cursor = std::find_if(held.cursors.begin(), held.cursors.end(),
                                     [&](const ServerCursor& open) { return open.cursor.id == id; });
    if (cursor == held.cursors.end()) return command->Resume(CursorNotFound(id));
    command->server = cursor->server;
  }
  if (held.busy) {
    held.waiting.push_back(command);
    return;
  }
  StartInSession(held, command);
}

Cluster::HeldSession& Cluster::MakeSession(const SessionKey& key, const CallContext& context) {
  HeldSession& held = sessions_[key];
  held.stop = context.stop;
  held.close_at = std::min(context.deadline, absl::Now() + kIdleMax);
  ++cursor_slots_;
  ++AppOf(key.first).cursors;
  ++counts().cursors;
  if (context.stop.stop_possible()) {
    held.on_stop = std::make_unique<StopCallback>(context.stop, [loop = loop_, weak = weak_from_this(), key] {
      boost::asio::post(loop, [weak, key] {
        auto self = weak.lock();
        if (!self) return;
        self->EndSession(key);
        self->StartWaiting();
      });
    });
  }
  return held;
}

void Cluster::StartInSession(HeldSession& held, const CommandPtr& command) {
  held.busy = true;
  command->in_session = true;
  command->connection = std::move(held.connection);
  held.connection.reset();
  Start(AppOf(command->app_id), command);
}

void Cluster::ReturnSession(RunningCommand& command) {
  const SessionKey key = {command.app_id, std::string(command.head.session)};
  HeldSession& held = sessions_.at(key);
  held.busy = false;
  held.connection = std::move(command.connection);
  command.connection.reset();
  held.close_at = std::min(command.command.context.deadline, absl::Now() + kIdleMax);
  for (int64_t id : command.head.cursors) {
    if (command.answer.left_open.cursor.id == id) continue;
    held.cursors.erase(std::remove_if(held.cursors.begin(), held.cursors.end(),
                                      [&](const ServerCursor& open) { return open.cursor.id == id; }),
                       held.cursors.end());
  }
  if (command.answer.left_open.cursor.id != 0 && command.head.cursors.empty()) {
    held.cursors.push_back(std::move(command.answer.left_open));
  }
  if (held.unwanted) return EndSession(key);
  while (!held.waiting.empty() && !held.busy) {
    const CommandPtr next = std::move(held.waiting.front());
    held.waiting.pop_front();
    if (next->IsWanted()) StartInSession(held, next);
  }
}

void Cluster::EndSession(const SessionKey& key) {
  const auto found = sessions_.find(key);
  if (found == sessions_.end()) return;
  if (found->second.busy) {
    found->second.unwanted = true;
    return;
  }
  auto held = std::make_shared<HeldSession>(std::move(found->second));
  sessions_.erase(found);
  held->on_stop.reset();
  --cursor_slots_;
  --AppOf(key.first).cursors;
  --counts().cursors;
  for (const CommandPtr& waiting : held->waiting) waiting->Resume(DataError{0, "", "the session has ended"});
  ForgetIfIdle(key.first);
  if (!held->connection) return;
  threads_.Post([this, held] {
    CommandLimits limits(absl::Now() + kCloseMax, {}, closing_.get_token());
    for (const ServerCursor& cursor : held->cursors) CloseCursor(*held->connection, cursor);
    // Aborts the transaction, if there is one; where that fails the server does it by itself, later.
    QuietMongoLibrary quiet;
    held->connection.reset();
  });
}

}  // namespace overlock::executor
