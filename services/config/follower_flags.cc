#include "services/config/follower_flags.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/crypto/seal.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "services/config/remote_app_registry.h"
#include "services/config/target_flag.h"
#include "services/config/view_recorder.h"

ABSL_FLAG(std::string, state_dir, "",
          "Where a service keeps its last state of the configuration, from which it starts while config is down; made "
          "if missing. Empty: a service that starts waits for config. Without a use where config is in this process.");
ABSL_FLAG(std::string, seal_key_file, "",
          "The key that seals what is in --state_dir: 64 hexadecimal digits. Without it only the edge, whose state has "
          "no secrets, keeps one.");

namespace overlock::config {
namespace {

// Another service's state never gets here: each asks for its own view.
absl::StatusOr<ViewFollower::Snapshot> MakeSnapshot(app::Host& host, v1::View view) {
  if (host.Find<AppRegistry>() != nullptr) return ViewFollower::Snapshot{};
  ViewRecorder::Options options;
  options.directory = absl::GetFlag(FLAGS_state_dir);
  options.view = view;
  if (options.directory.empty()) return ViewFollower::Snapshot{nullptr, "--state_dir is not set"};
  if (std::string path = absl::GetFlag(FLAGS_seal_key_file); !path.empty()) {
    absl::StatusOr<crypto::SealKey> key = crypto::SealKey::FromFile(path, /*create=*/false);
    if (!key.ok()) {
      return Error(key.status().code(), ReasonOf(key.status()),
                   absl::StrCat("seal_key_file: ", key.status().message()));
    }
    options.key = *std::move(key);
  }
  absl::StatusOr<std::shared_ptr<ViewRecorder>> recorder = ViewRecorder::Make(std::move(options), host.metrics());
  if (recorder.ok()) return ViewFollower::Snapshot{*std::move(recorder), ""};
  std::string why = absl::StrCat("--seal_key_file is not set: ", recorder.status().message());
  log::Warning("keeps no snapshot of the configuration", {{"error", why}});
  return ViewFollower::Snapshot{nullptr, std::move(why)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ViewFollower>> MakeFollower(app::Host& host, v1::View view, ViewFollower::Apply apply,
                                                           std::unique_ptr<AppRegistry>& registry) {
  OVERLOCK_ASSIGN_OR_RETURN(ViewFollower::Snapshot snapshot, MakeSnapshot(host, view));
  OVERLOCK_ASSIGN_OR_RETURN(AppRegistry * watched,
                            host.FindOrConnect<RemoteAppRegistry>(absl::GetFlag(FLAGS_config_target), registry));
  auto follower =
      std::make_unique<ViewFollower>(*watched, view, host.loops().Get(0), std::move(apply), std::move(snapshot));
  const std::string service = ViewName(view);
  // The host asks neither once the module is gone.
  host.AddReadinessCheck(service, [follower = follower.get()] { return follower->Ready(); });
  host.metrics().AddGauge(absl::StrCat("overlock_", service, "_config_revision"),
                          "The revision of the configuration in force; 0 before there is any.", {},
                          [follower = follower.get()] { return static_cast<double>(follower->revision()); });
  host.metrics().AddGauge(absl::StrCat("overlock_", service, "_config_stale_seconds"),
                          "Since when no watch of the configuration is open; 0 while one is.", {},
                          [follower = follower.get()] { return absl::ToDoubleSeconds(follower->stale_for()); });
  return follower;
}

}  // namespace overlock::config
