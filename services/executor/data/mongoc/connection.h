// Connections to one MongoDB cluster.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_CONNECTION_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_CONNECTION_H_

#include <mongoc/mongoc.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/executor/data/mongoc/uri.h"

namespace overlock::executor {

// The driver's pool of clients, and what it knows of the cluster. Thread-safe.
class ClientPool {
 public:
  // Makes no connection yet. A session whose transactions the driver numbers must not carry numbers of ours, so there
  // is a pool for each kind: `numbers_writes` is ours.
  ClientPool(std::shared_ptr<const MongoUri> uri, bool numbers_writes);
  // Ends the connections; all clients must have come back. Blocks for a moment.
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // A client that nobody else has. The first one looks up a `mongodb+srv` name: it blocks. UNAVAILABLE
  // (`MONGODB_UNREACHABLE`) where that cannot be done.
  absl::StatusOr<mongoc_client_t*> Take();
  void GiveBack(mongoc_client_t* client);

  const MongoUri& uri() const { return *uri_; }
  // Whether writes can be tried again without being done twice: the servers remember them by number.
  bool RemembersWrites() const { return numbers_writes_ && remembers_writes_.load(std::memory_order_relaxed); }
  // Numbers writes; grows for ever, so it grows within each session.
  int64_t NextWriteNumber() { return ++write_number_; }

 private:
  absl::Status Open();
  static void OnTopologyChanged(const mongoc_apm_topology_changed_t* event);

  const std::shared_ptr<const MongoUri> uri_;
  const bool numbers_writes_;
  std::mutex mutex_;
  mongoc_client_pool_t* pool_ = nullptr;
  // Of the pool, each of them seen once; the last one used first, as its connection is warm.
  std::vector<mongoc_client_t*> idle_;
  std::atomic<bool> remembers_writes_{false};
  std::atomic<int64_t> write_number_{0};
};

// A client with a session of its own: what is sent through it is one caller's, one command at a time. Both go back in
// the destructor, which may be anywhere.
class Connection {
 public:
  // Blocks: it looks for a server if none is known. UNAVAILABLE (`MONGODB_UNREACHABLE`) if there is none; one without
  // sessions is no error.
  static absl::StatusOr<Connection> Open(std::shared_ptr<ClientPool> pool);
  ~Connection() { Release(); }
  Connection(Connection&& other) noexcept { *this = std::move(other); }
  Connection& operator=(Connection&& other) noexcept;

  mongoc_client_t* client() const { return client_; }
  // Null where servers have no sessions.
  mongoc_client_session_t* session() const { return session_; }
  ClientPool& pool() const { return *pool_; }

 private:
  Connection() = default;
  void Release();

  std::shared_ptr<ClientPool> pool_;
  mongoc_client_t* client_ = nullptr;
  mongoc_client_session_t* session_ = nullptr;
};

// The number of the server that answered this thread's last successful command; 0 before.
uint32_t LastServer();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_CONNECTION_H_
