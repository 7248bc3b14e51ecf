#include "services/executor/data/mongoc/cluster.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/suspend.h"
#include "services/executor/data/mongoc/library.h"

namespace overlock::executor {
namespace {

using Kind = CommandHead::Kind;

constexpr size_t kWaitingMax = 2'000;

int Share(int all) { return std::max(1, all * 3 / 4); }

// A reply of killCursors.
std::string KillCursorsReply(const std::vector<int64_t>& killed, const std::vector<int64_t>& not_found) {
  bson_t reply, array;
  bson_init(&reply);
  auto append = [&](const char* name, const std::vector<int64_t>& ids) {
    BSON_APPEND_ARRAY_BEGIN(&reply, name, &array);
    for (size_t i = 0; i < ids.size(); ++i) BSON_APPEND_INT64(&array, absl::StrCat(i).c_str(), ids[i]);
    bson_append_array_end(&reply, &array);
  };
  append("cursorsKilled", killed);
  append("cursorsNotFound", not_found);
  append("cursorsAlive", {});
  append("cursorsUnknown", {});
  BSON_APPEND_DOUBLE(&reply, "ok", 1);
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(&reply)), reply.len);
  bson_destroy(&reply);
  return bytes;
}

}  // namespace

Cluster::Counts& Cluster::counts() {
  static Counts counts;
  return counts;
}

Cluster::Cluster(boost::asio::any_io_executor loop, std::shared_ptr<const MongoUri> uri, int connections)
    : loop_(std::move(loop)),
      commands_max_(std::max(1, connections / 3)),
      cursors_max_(std::max(1, connections - commands_max_)),
      app_commands_max_(Share(commands_max_)),
      app_cursors_max_(Share(cursors_max_)),
      pool_(std::make_shared<ClientPool>(uri, true)),
      session_pool_(std::make_shared<ClientPool>(std::move(uri), false)),
      last_used_(absl::Now()),
      threads_(commands_max_) {}

Cluster::~Cluster() {
  BreakOff();
  counts().running -= running_;
  counts().cursors -= static_cast<int>(cursors_.size() + sessions_.size());
  for (const auto& [id, app] : apps_) counts().waiting -= static_cast<int>(app.waiting.size());
  // Transactions that are open are aborted; where that fails the server does it by itself, later.
  QuietMongoLibrary quiet;
  CommandLimits limits(absl::Now() + kGoodbyeMax, {}, {});
  sessions_.clear();
  cursors_.clear();
}

Task<DataOutcome> Cluster::Run(std::shared_ptr<Cluster> self, std::string app_id, ReadPreference read_preference,
                               DataCommand command) {
  auto running =
      std::make_shared<RunningCommand>(self->loop_, std::move(app_id), std::move(read_preference), std::move(command));
  std::variant<CommandHead, DataError> head = ReadCommand(running->command.command);
  if (auto* error = std::get_if<DataError>(&head)) co_return std::move(*error);
  running->head = std::get<CommandHead>(std::move(head));
  self->last_used_ = absl::Now();
  auto begin = [self, running](auto resume) {
    running->resume = std::move(resume);
    self->Begin(running);
  };
  co_return co_await Suspend<DataOutcome>(std::move(begin));
}

void Cluster::Begin(const CommandPtr& command) {
  const CallContext& context = command->command.context;
  if (context.stop.stop_requested()) return command->Resume(DataError{0, "", "nobody waits for the answer any more"});
  if (context.deadline <= last_used_) return command->Resume(DataError{0, "", "there is no time left for the command"});
  if (context.deadline != absl::InfiniteFuture()) {
    command->timer.expires_after(absl::ToChronoNanoseconds(context.deadline - last_used_));
    command->timer.async_wait([self = shared_from_this(), command](boost::system::error_code cancelled) {
      if (!cancelled) self->GiveUp(command, "MongoDB did not answer in time");
    });
  }
  if (context.stop.stop_possible()) {
    command->on_stop = std::make_unique<StopCallback>(
        context.stop, [loop = loop_, self = weak_from_this(), weak = std::weak_ptr<RunningCommand>(command)] {
          boost::asio::post(loop, [self, weak] {
            auto cluster = self.lock();
            auto stopped = weak.lock();
            if (cluster && stopped) cluster->GiveUp(stopped, "nobody waits for the answer any more");
          });
        });
  }
  if (command->head.kind == Kind::kEndSessions) return BeginEndSessions(command);
  if (!command->head.session.empty()) return BeginInSession(command);
  if (command->head.kind == Kind::kGetMore) return BeginGetMore(command);
  if (command->head.kind == Kind::kKillCursors) return BeginKillCursors(command);
  Application& app = AppOf(command->app_id);
  if (app.waiting.size() >= kWaitingMax) {
    return command->Resume(DataError{0, "", "too many commands of this application wait for MongoDB"});
  }
  if (app.waiting.empty() && MayStart(app, *command)) return Start(app, command);
  app.waiting.push_back(command);
  ++counts().waiting;
  StartWaiting();
}

void Cluster::BeginGetMore(const CommandPtr& command) {
  const int64_t id = command->head.cursors.front();
  const auto found = cursors_.find(id);
  if (found == cursors_.end() || found->second->app_id != command->app_id) {
    return command->Resume(CursorNotFound(id));
  }
  HeldCursor& held = *found->second;
  if (held.busy) return command->Resume(DataError{12051, "CursorInUse", absl::StrCat("cursor id ", id, " is in use")});
  held.busy = true;
  command->connection = std::move(held.connection);
  command->server = held.cursor.server;
  Start(AppOf(command->app_id), command);
}

void Cluster::BeginKillCursors(const CommandPtr& command) {
  for (int64_t id : command->head.cursors) {
    const auto found = cursors_.find(id);
    if (found == cursors_.end() || found->second->app_id != command->app_id || found->second->busy) continue;
    std::unique_ptr<HeldCursor> held = TakeCursor(id);
    command->to_close.emplace_back(std::move(held->connection), std::move(held->cursor));
  }
  if (command->to_close.empty()) return command->Resume(DataReply{KillCursorsReply({}, command->head.cursors)});
  Start(AppOf(command->app_id), command);
}

void Cluster::GiveUp(const CommandPtr& command, std::string_view why) {
  if (!command->IsWanted()) return;
  const auto app = apps_.find(command->app_id);
  if (app != apps_.end()) {
    std::deque<CommandPtr>& waiting = app->second.waiting;
    const auto found = std::find(waiting.begin(), waiting.end(), command);
    if (found != waiting.end()) {
      waiting.erase(found);
      --counts().waiting;
      ForgetIfIdle(command->app_id);
    }
  }
  command->Resume(DataError{0, "", std::string(why)});
}

bool Cluster::HoldsCursor(const std::stop_token& invocation) const {
  return invocation.stop_possible() && std::any_of(cursors_.begin(), cursors_.end(),
                                                   [&](const auto& entry) { return entry.second->stop == invocation; });
}

bool Cluster::MayStart(const Application& app, const RunningCommand& command) const {
  if (running_ >= commands_max_ || app.running >= app_commands_max_) return false;
  if (!command.head.opens_cursor) return true;
  // Who holds a cursor already may not wait for others who do the same.
  return (cursor_slots_ < cursors_max_ && app.cursors < app_cursors_max_) || HoldsCursor(command.command.context.stop);
}

void Cluster::StartWaiting() {
  // From the application after the one that was served last, round and round.
  for (size_t refused = 0; refused < apps_.size() && running_ < commands_max_;) {
    auto next = apps_.upper_bound(last_served_);
    if (next == apps_.end()) next = apps_.begin();
    last_served_ = next->first;
    refused = StartOneOf(next->second) ? 0 : refused + 1;
  }
}

bool Cluster::StartOneOf(Application& app) {
  const auto found = std::find_if(app.waiting.begin(), app.waiting.end(),
                                  [&](const CommandPtr& command) { return MayStart(app, *command); });
  if (found == app.waiting.end()) return false;
  CommandPtr command = std::move(*found);
  app.waiting.erase(found);
  --counts().waiting;
  Start(app, std::move(command));
  return true;
}

void Cluster::Start(Application& app, CommandPtr command) {
  ++running_;
  ++app.running;
  ++counts().running;
  if (command->head.opens_cursor && command->head.kind != Kind::kGetMore && !command->in_session) {
    command->has_cursor_slot = true;
    ++cursor_slots_;
    ++app.cursors;
  }
  threads_.Post([this, weak = weak_from_this(), command = std::move(command)]() mutable {
    Execute(*command);
    boost::asio::post(loop_, [weak = std::move(weak), command = std::move(command)] {
      if (auto self = weak.lock()) self->Finish(command);
    });
  });
}

void Cluster::Execute(RunningCommand& command) {
  const CallContext& context = command.command.context;
  CommandLimits limits(context.deadline, context.stop, closing_.get_token());
  if (limits.Over()) {
    command.answer.outcome = DataError{0, "", "MongoDB did not answer in time"};
    return;
  }
  if (command.head.kind == Kind::kKillCursors && !command.in_session) {
    std::vector<int64_t> killed, not_found = command.head.cursors;
    for (auto& [connection, cursor] : command.to_close) {
      if (!CloseCursor(connection, cursor)) continue;
      killed.push_back(cursor.cursor.id);
      not_found.erase(std::remove(not_found.begin(), not_found.end(), cursor.cursor.id), not_found.end());
    }
    command.to_close.clear();
    command.answer.outcome = DataReply{KillCursorsReply(killed, not_found)};
    return;
  }
  if (!command.connection) {
    absl::StatusOr<Connection> connection = Connection::Open(command.in_session ? session_pool_ : pool_);
    if (!connection.ok()) {
      command.answer.outcome = DataError{0, "", std::string(connection.status().message())};
      return;
    }
    command.connection = *std::move(connection);
  }
  command.answer =
      Send(*command.connection, command.command, command.head, command.read_preference, command.server, limits);
  const bool goes_back = command.in_session || command.head.kind == Kind::kGetMore;
  if (command.answer.left_open.cursor.id == 0 && !goes_back) command.connection.reset();
}

void Cluster::Finish(const CommandPtr& command) {
  Application& app = AppOf(command->app_id);
  --running_;
  --app.running;
  --counts().running;
  if (command->in_session) {
    ReturnSession(*command);
  } else if (command->head.kind == Kind::kGetMore) {
    ReturnCursor(*command);
  } else if (command->answer.left_open.cursor.id != 0) {
    HoldCursor(*command);
  }
  if (command->has_cursor_slot) {
    --cursor_slots_;
    --app.cursors;
  }
  command->Resume(std::move(command->answer.outcome));
  ForgetIfIdle(command->app_id);
  StartWaiting();
}

void Cluster::HoldCursor(RunningCommand& command) {
  const CallContext& context = command.command.context;
  const int64_t id = command.answer.left_open.cursor.id;
  auto held = std::make_unique<HeldCursor>(HeldCursor{command.app_id, *std::move(command.connection),
                                                      std::move(command.answer.left_open), context.stop,
                                                      std::min(context.deadline, absl::Now() + kIdleMax)});
  command.connection.reset();
  if (!command.IsWanted() || context.stop.stop_requested() || cursors_.contains(id)) {
    return Close(std::move(held));
  }
  if (context.stop.stop_possible()) {
    held->on_stop = std::make_unique<StopCallback>(context.stop, [loop = loop_, weak = weak_from_this(), id] {
      boost::asio::post(loop, [weak, id] {
        if (auto self = weak.lock()) self->InvocationEnded(id);
      });
    });
  }
  cursors_.emplace(id, std::move(held));
  ++cursor_slots_;
  ++AppOf(command.app_id).cursors;
  ++counts().cursors;
}

void Cluster::ReturnCursor(RunningCommand& command) {
  const auto found = cursors_.find(command.head.cursors.front());
  if (found == cursors_.end()) return;
  HeldCursor& held = *found->second;
  held.connection = *std::move(command.connection);
  command.connection.reset();
  held.busy = false;
  held.close_at = std::min(command.command.context.deadline, absl::Now() + kIdleMax);
  const auto* error = std::get_if<DataError>(&command.answer.outcome);
  if (error == nullptr && command.answer.left_open.cursor.id != 0 && !held.unwanted) return;
  std::unique_ptr<HeldCursor> taken = TakeCursor(held.cursor.cursor.id);
  // Where no server answered it may be open still.
  const bool may_be_open = error == nullptr ? command.answer.left_open.cursor.id != 0 : error->code == 0;
  if (!may_be_open) taken->cursor.cursor.id = 0;
  Close(std::move(taken));
}

std::unique_ptr<Cluster::HeldCursor> Cluster::TakeCursor(int64_t id) {
  const auto found = cursors_.find(id);
  std::unique_ptr<HeldCursor> held = std::move(found->second);
  cursors_.erase(found);
  --cursor_slots_;
  --AppOf(held->app_id).cursors;
  --counts().cursors;
  return held;
}

void Cluster::Close(std::unique_ptr<HeldCursor> held) {
  held->on_stop.reset();
  // On a thread even where the server has closed it already: a session may have a last word for the server.
  threads_.Post([this, held = std::shared_ptr<HeldCursor>(std::move(held))] {
    CommandLimits limits(absl::Now() + kCloseMax, {}, closing_.get_token());
    if (held->cursor.cursor.id != 0) CloseCursor(held->connection, held->cursor);
  });
}

void Cluster::InvocationEnded(int64_t cursor) {
  const auto found = cursors_.find(cursor);
  if (found == cursors_.end() || !found->second->stop.stop_requested()) return;
  if (found->second->busy) {
    found->second->unwanted = true;
    return;
  }
  const std::string app_id = found->second->app_id;
  Close(TakeCursor(cursor));
  ForgetIfIdle(app_id);
  StartWaiting();
}

void Cluster::CloseOld(absl::Time now) {
  std::vector<int64_t> old;
  for (const auto& [id, held] : cursors_) {
    if (!held->busy && held->close_at <= now) old.push_back(id);
  }
  for (int64_t id : old) {
    std::unique_ptr<HeldCursor> held = TakeCursor(id);
    const std::string app_id = held->app_id;
    Close(std::move(held));
    ForgetIfIdle(app_id);
  }
  std::vector<SessionKey> old_sessions;
  for (const auto& [key, held] : sessions_) {
    if (!held.busy && held.close_at <= now) old_sessions.push_back(key);
  }
  for (const SessionKey& key : old_sessions) EndSession(key);
  StartWaiting();
}

void Cluster::ForgetIfIdle(const std::string& app_id) {
  const auto found = apps_.find(app_id);
  if (found == apps_.end()) return;
  const Application& app = found->second;
  if (app.running == 0 && app.cursors == 0 && app.waiting.empty()) apps_.erase(found);
}

}  // namespace overlock::executor
