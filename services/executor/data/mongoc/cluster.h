// One MongoDB cluster: who may send what to it, and when.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_CLUSTER_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_CLUSTER_H_

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/async/task.h"
#include "services/executor/data/data_source.h"
#include "services/executor/data/mongoc/command_threads.h"
#include "services/executor/data/mongoc/connection.h"
#include "services/executor/data/mongoc/running_command.h"
#include "services/executor/data/mongoc/send.h"

namespace overlock::executor {

// What nobody has used for so long is closed; MongoDB itself does the same.
inline constexpr absl::Duration kIdleMax = absl::Minutes(10);
// A last word to a server may take so long.
inline constexpr absl::Duration kCloseMax = absl::Seconds(2);

// The driver blocks, so a command has a thread while it runs. A third of the connections are for commands, the rest for
// open cursors and sessions: a cursor's session and server are its own, so a cursor that is not at its end keeps its
// connection until the invocation that opened it ends, and is closed then. The same goes for a session that a function
// has started (`lsid`): its commands run one after the other, and a transaction that is open at the end is aborted. One
// application may have three quarters of either; commands beyond wait. Used on one loop only, but for the destructor.
class Cluster : public std::enable_shared_from_this<Cluster> {
 public:
  Cluster(boost::asio::any_io_executor loop, std::shared_ptr<const MongoUri> uri, int connections);
  // Blocks until nothing is under way.
  ~Cluster();

  // Breaks off what is under way, soon.
  void BreakOff() { closing_.request_stop(); }

  // Runs the command for an application.
  static Task<DataOutcome> Run(std::shared_ptr<Cluster> self, std::string app_id, ReadPreference read_preference,
                               DataCommand command);

  // Nothing runs, waits or is open.
  bool Idle() const { return running_ == 0 && apps_.empty() && cursors_.empty() && sessions_.empty(); }
  // When it was last used.
  absl::Time last_used() const { return last_used_; }
  // Closes cursors and sessions that nobody has used for a long time.
  void CloseOld(absl::Time now);

  // For metrics; thread-safe.
  struct Counts {
    std::atomic<int> running{0};
    std::atomic<int> waiting{0};
    std::atomic<int> cursors{0};
  };
  // All clusters'.
  static Counts& counts();

 private:
  using CommandPtr = std::shared_ptr<RunningCommand>;
  struct Application {
    int running = 0;
    int cursors = 0;
    std::deque<CommandPtr> waiting;
  };
  // A cursor that a function has not read to its end.
  struct HeldCursor {
    std::string app_id;
    Connection connection;
    ServerCursor cursor;
    std::stop_token stop;
    absl::Time close_at;
    // A getMore has the connection.
    bool busy = false;
    // Its invocation has ended meanwhile.
    bool unwanted = false;
    std::unique_ptr<StopCallback> on_stop;
  };

  // A session that a function has started, from its first command on.
  struct HeldSession {
    // Empty before the first command, and while a command has it.
    std::optional<Connection> connection;
    std::vector<ServerCursor> cursors;
    std::deque<CommandPtr> waiting;
    std::stop_token stop;
    absl::Time close_at;
    bool busy = false;
    // Its invocation has ended meanwhile.
    bool unwanted = false;
    std::unique_ptr<StopCallback> on_stop;
  };
  // Application and `lsid`.
  using SessionKey = std::pair<std::string, std::string>;

  void Begin(const CommandPtr& command);
  void BeginGetMore(const CommandPtr& command);
  void BeginKillCursors(const CommandPtr& command);
  void GiveUp(const CommandPtr& command, std::string_view why);
  bool MayStart(const Application& app, const RunningCommand& command) const;
  bool HoldsCursor(const std::stop_token& invocation) const;
  // Starts what may start, of each application in turn.
  void StartWaiting();
  bool StartOneOf(Application& app);
  void Start(Application& app, CommandPtr command);
  void Execute(RunningCommand& command);
  void Finish(const CommandPtr& command);
  void HoldCursor(RunningCommand& command);
  void ReturnCursor(RunningCommand& command);
  void Close(std::unique_ptr<HeldCursor> held);
  std::unique_ptr<HeldCursor> TakeCursor(int64_t id);
  void InvocationEnded(int64_t cursor);
  void BeginInSession(const CommandPtr& command);
  void BeginEndSessions(const CommandPtr& command);
  HeldSession& MakeSession(const SessionKey& key, const CallContext& context);
  void StartInSession(HeldSession& held, const CommandPtr& command);
  void ReturnSession(RunningCommand& command);
  // Ends it, or sees to it that it ends when its command does.
  void EndSession(const SessionKey& key);
  Application& AppOf(const std::string& app_id) { return apps_[app_id]; }
  void ForgetIfIdle(const std::string& app_id);

  const boost::asio::any_io_executor loop_;
  const int commands_max_;
  const int cursors_max_;
  const int app_commands_max_;
  const int app_cursors_max_;
  const std::shared_ptr<ClientPool> pool_;
  // For sessions that functions start.
  const std::shared_ptr<ClientPool> session_pool_;
  std::stop_source closing_;
  absl::Time last_used_;
  int running_ = 0;
  // Commands under way that may leave a cursor open, and cursors that are open.
  int cursor_slots_ = 0;
  // Those that have something under way, waiting or open. A map: its elements stay where they are.
  std::map<std::string, Application> apps_;
  std::string last_served_;
  absl::flat_hash_map<int64_t, std::unique_ptr<HeldCursor>> cursors_;
  std::map<SessionKey, HeldSession> sessions_;
  // Last, so that its threads end first.
  CommandThreads threads_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_CLUSTER_H_
