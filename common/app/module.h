// A service as a part of a process: what it provides, what it needs.
#ifndef OVERLOCK_COMMON_APP_MODULE_H_
#define OVERLOCK_COMMON_APP_MODULE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/connection.h"
#include "common/rpc/served_service.h"

namespace overlock {
class EventLoops;
class Metrics;
}  // namespace overlock

namespace overlock::app {

// What a process offers its modules. Used from the main thread, while modules start.
class Host {
 public:
  virtual ~Host() = default;

  virtual EventLoops& loops() = 0;
  virtual Metrics& metrics() = 0;

  // Offers an interface to the modules that start later: `host.Provide<Validator>(&local)`.
  template <class T>
  void Provide(T* instance) {
    instances_[std::type_index(typeid(T))] = instance;
  }
  // The instance in this process, or null.
  template <class T>
  T* Find() const {
    auto it = instances_.find(std::type_index(typeid(T)));
    return it == instances_.end() ? nullptr : static_cast<T*>(it->second);
  }

  // Serves `service` on the process's gRPC port, to those whom its own table of callers names; over call streams, too,
  // if it has Handlers(). It must live until Stop().
  template <class T>
  void AddGrpcService(T* service) {
    rpc::ServedService served{service, T::Callers()};
    if constexpr (requires { service->Handlers(); }) served.handlers = service->Handlers();
    AddGrpcService(std::move(served));
  }
  virtual void AddGrpcService(rpc::ServedService service) = 0;
  // The way to another service, with this process's TLS files.
  virtual absl::StatusOr<rpc::Connection> Connect(const std::string& target) = 0;
  // The instance in this process, else a `Remote` over Connect(target), which `holder` then owns:
  // `host.FindOrConnect<RemoteValidator>(target, validator_)` with a `std::unique_ptr<Validator> validator_`.
  template <class Remote, class T>
  absl::StatusOr<T*> FindOrConnect(const std::string& target, std::unique_ptr<T>& holder) {
    if (T* here = Find<T>()) return here;
    absl::StatusOr<rpc::Connection> connection = Connect(target);
    if (!connection.ok()) return connection.status();
    holder = std::make_unique<Remote>(*std::move(connection));
    return holder.get();
  }
  // `/readyz` and gRPC health say ready once every check is OK. Checks are called from any thread.
  virtual void AddReadinessCheck(std::string name, std::function<absl::Status()> check) = 0;

 private:
  std::map<std::type_index, void*> instances_;
};

// One service in this process. Start() runs in dependency order, Retire(), Drain() and Stop() in reverse, all on the
// main thread. After Drain() nothing new arrives. Stop() ends what runs; then the loops end, and the module is
// destroyed before the loops are.
class Module {
 public:
  virtual ~Module() = default;
  // The service's name: `validation`.
  virtual std::string_view name() const = 0;
  // Where this service serves gRPC when it has a process of its own; empty for none.
  virtual std::string listen_address() const { return ""; }
  // Where it serves `/metrics`, `/healthz` and `/readyz` then.
  virtual std::string metrics_address() const { return ""; }
  // Brings the schema of the service's database up to date, if it has one (--migrate_only). Blocks. Start() does it,
  // too.
  virtual absl::Status Migrate() { return absl::OkStatus(); }
  // Builds the service; must not block for long.
  virtual absl::Status Start(Host& host) = 0;
  // The process is no longer ready, but still takes what comes for a while (--drain_delay): whoever keeps a connection
  // is asked to go elsewhere.
  virtual void Retire() {}
  // Stops taking new work and waits, until the deadline, for what is under way.
  virtual void Drain(absl::Time deadline) { (void)deadline; }
  // Ends everything that runs on a thread or a loop.
  virtual void Stop() {}
  // A line for standard output once everything serves, e.g. `ready http://127.0.0.1:8080`; empty for none.
  virtual std::string ready_line() const { return ""; }
};

using Modules = std::vector<std::unique_ptr<Module>>;

}  // namespace overlock::app

#endif  // OVERLOCK_COMMON_APP_MODULE_H_
