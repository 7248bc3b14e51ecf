#include "services/executor/data/mongoc/connection.h"

#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "services/executor/data/mongoc/command_limits.h"
#include "services/executor/data/mongoc/library.h"

namespace overlock::executor {
namespace {

// Far beyond what is ever taken at a time: the bound is the cluster's.
constexpr uint32_t kClientsMax = 100'000;

thread_local uint32_t last_server = 0;

void OnSucceeded(const mongoc_apm_command_succeeded_t* event) {
  last_server = mongoc_apm_command_succeeded_get_server_id(event);
}

}  // namespace

ClientPool::ClientPool(std::shared_ptr<const MongoUri> uri, bool numbers_writes)
    : uri_(std::move(uri)), numbers_writes_(numbers_writes && uri_->retries_writes()) {
  StartMongoLibrary();
}

ClientPool::~ClientPool() {
  if (pool_ == nullptr) return;
  // The driver tells the servers that the sessions are over; what they say to that is of no interest.
  QuietMongoLibrary quiet;
  CommandLimits limits(absl::Now() + kGoodbyeMax, {}, {});
  for (mongoc_client_t* client : idle_) mongoc_client_pool_push(pool_, client);
  mongoc_client_pool_destroy(pool_);
}

void ClientPool::OnTopologyChanged(const mongoc_apm_topology_changed_t* event) {
  const char* type = mongoc_topology_description_type(mongoc_apm_topology_changed_get_new_description(event));
  auto* self = static_cast<ClientPool*>(mongoc_apm_topology_changed_get_context(event));
  const std::string_view name = type;
  self->remembers_writes_ = name == "ReplicaSetWithPrimary" || name == "ReplicaSetNoPrimary" || name == "Sharded";
}

absl::Status ClientPool::Open() {
  bson_error_t error;
  mongoc_client_pool_t* pool = mongoc_client_pool_new_with_error(uri_->get(), &error);
  if (pool == nullptr) {
    return Error(absl::StatusCode::kUnavailable, "MONGODB_UNREACHABLE",
                 absl::StrCat("MongoDB cannot be used: ", uri_->Redact(error.message)));
  }
  mongoc_client_pool_max_size(pool, kClientsMax);
  mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
  mongoc_apm_callbacks_t* callbacks = mongoc_apm_callbacks_new();
  mongoc_apm_set_command_succeeded_cb(callbacks, &OnSucceeded);
  mongoc_apm_set_topology_changed_cb(callbacks, &ClientPool::OnTopologyChanged);
  mongoc_client_pool_set_apm_callbacks(pool, callbacks, this);
  mongoc_apm_callbacks_destroy(callbacks);
  pool_ = pool;
  return absl::OkStatus();
}

absl::StatusOr<mongoc_client_t*> ClientPool::Take() {
  std::lock_guard lock(mutex_);
  if (!idle_.empty()) {
    mongoc_client_t* client = idle_.back();
    idle_.pop_back();
    return client;
  }
  if (pool_ == nullptr) OVERLOCK_RETURN_IF_ERROR(Open());
  mongoc_client_t* client = mongoc_client_pool_pop(pool_);
  BoundConnections(client);
  return client;
}

void ClientPool::GiveBack(mongoc_client_t* client) {
  std::lock_guard lock(mutex_);
  idle_.push_back(client);
}

absl::StatusOr<Connection> Connection::Open(std::shared_ptr<ClientPool> pool) {
  Connection connection;
  OVERLOCK_ASSIGN_OR_RETURN(connection.client_, pool->Take());
  connection.pool_ = std::move(pool);
  bson_error_t error = {};
  connection.session_ = mongoc_client_start_session(connection.client_, nullptr, &error);
  if (connection.session_ == nullptr && error.domain == MONGOC_ERROR_SERVER_SELECTION) {
    return Error(absl::StatusCode::kUnavailable, "MONGODB_UNREACHABLE",
                 absl::StrCat("MongoDB cannot be reached: ", connection.pool_->uri().Redact(error.message)));
  }
  return connection;
}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  Release();
  pool_ = std::move(other.pool_);
  client_ = std::exchange(other.client_, nullptr);
  session_ = std::exchange(other.session_, nullptr);
  return *this;
}

void Connection::Release() {
  if (session_ != nullptr) mongoc_client_session_destroy(std::exchange(session_, nullptr));
  if (client_ != nullptr) pool_->GiveBack(std::exchange(client_, nullptr));
}

uint32_t LastServer() { return last_server; }

}  // namespace overlock::executor
