#include "services/validation/module.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/telemetry/metrics.h"
#include "services/config/follower_flags.h"
#include "services/config/view_follower.h"
#include "services/validation/delivery_store.h"
#include "services/validation/local_validator.h"
#include "services/validation/store_flags.h"
#include "services/validation/validation_grpc.h"

ABSL_FLAG(std::string, validation_listen, "127.0.0.1:9002", "host:port where validation serves gRPC.");
ABSL_FLAG(std::string, validation_metrics_listen, "127.0.0.1:9102",
          "host:port where validation serves /metrics, /healthz and /readyz.");

namespace overlock::validation {
namespace {

class ValidationModule : public app::Module {
 public:
  std::string_view name() const override { return "validation"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_validation_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_validation_metrics_listen); }

  absl::Status Migrate() override {
    Metrics metrics;
    return OpenDeliveryStore(metrics).status();
  }

  absl::Status Start(app::Host& host) override {
    OVERLOCK_ASSIGN_OR_RETURN(deliveries_, OpenDeliveryStore(host.metrics()));
    validator_ = std::make_unique<LocalValidator>(*deliveries_, host.metrics());
    grpc_ = std::make_unique<ValidationGrpc>(*validator_, host.loops());
    auto apply = [validator = validator_.get()](const config::v1::WatchResponse& batch) { validator->Apply(batch); };
    OVERLOCK_ASSIGN_OR_RETURN(follower_,
                              config::MakeFollower(host, config::v1::VIEW_VALIDATION, apply, remote_registry_));
    host.Provide<Validator>(validator_.get());
    host.AddGrpcService(grpc_.get());
    follower_->Start();
    return absl::OkStatus();
  }

  void Stop() override {
    if (follower_) follower_->Stop();
  }

 private:
  std::unique_ptr<config::AppRegistry> remote_registry_;
  std::unique_ptr<DeliveryStore> deliveries_;
  std::unique_ptr<LocalValidator> validator_;
  std::unique_ptr<ValidationGrpc> grpc_;
  std::unique_ptr<config::ViewFollower> follower_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<ValidationModule>(); }

}  // namespace overlock::validation
