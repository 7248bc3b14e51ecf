#include "services/executor/data_flags.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/app/environment_flags.h"
#include "common/ejson/parse.h"
#include "common/status/status.h"
#include "services/executor/data/mongodb_sources.h"

ABSL_FLAG(std::string, executor_mongodb_uri, "",
          "Where functions find MongoDB: a connection string (mongodb://, mongodb+srv://). One with a password belongs "
          "into the environment variable or into --executor_mongodb_uri_file.");
ABSL_FLAG(std::string, executor_mongodb_uri_file, "", "A file that holds that connection string.");
ABSL_FLAG(
    std::string, executor_mongodb_clusters_file, "",
    "A JSON file of connection strings for some clusters by the name that services call them in config.clusterName: "
    "{\"Cluster0\": \"mongodb+srv://...\"}.");
ABSL_FLAG(bool, executor_mongodb_service_uris, true,
          "Whether a service may bring a connection string of its own, the secret that its secret_config.uri names. "
          "Whoever edits an application can then have connections made to any address.");
ABSL_FLAG(
    int, executor_mongodb_connections, 100,
    "Connections to each server of a MongoDB cluster: a third for commands under way, the rest for open cursors.");

namespace overlock::executor {
namespace {

constexpr std::string_view kUriFlag = "executor_mongodb_uri";

absl::Status BadFlag(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG", message);
}

absl::StatusOr<std::string> ReadSecretFile(std::string_view flag, const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  absl::StripAsciiWhitespace(&text);
  if (!text.empty()) return text;
  return Error(absl::StatusCode::kFailedPrecondition, "MONGODB_URI_UNREADABLE",
               absl::StrCat("--", flag, ": ", path, " cannot be read or is empty"));
}

absl::Status CheckUri(std::string_view flag, const std::string& uri) {
  const absl::Status status = MongoUri::Parse(uri, UriOwner::kOperator).status();
  return status.ok() ? status : BadFlag(absl::StrCat("--", flag, ": ", status.message()));
}

absl::StatusOr<std::string> ReadDefaultUri() {
  std::string uri = absl::GetFlag(FLAGS_executor_mongodb_uri);
  std::string_view flag = kUriFlag;
  if (const std::string path = absl::GetFlag(FLAGS_executor_mongodb_uri_file); !path.empty()) {
    if (!uri.empty()) return BadFlag("--executor_mongodb_uri_file: not together with --executor_mongodb_uri");
    flag = "executor_mongodb_uri_file";
    OVERLOCK_ASSIGN_OR_RETURN(uri, ReadSecretFile(flag, path));
  } else if (HasPassword(uri)) {
    const char* variable = std::getenv(app::EnvironmentVariable(kUriFlag).c_str());
    if (variable == nullptr || variable != uri) {
      return Error(absl::StatusCode::kInvalidArgument, "PASSWORD_IN_FLAG",
                   "--executor_mongodb_uri: holds a password, which every user of the machine can see; put the "
                   "connection string into a file and name that with --executor_mongodb_uri_file");
    }
  }
  if (!uri.empty()) OVERLOCK_RETURN_IF_ERROR(CheckUri(flag, uri));
  return uri;
}

absl::StatusOr<std::map<std::string, std::string>> ReadClusters() {
  constexpr std::string_view kFlag = "executor_mongodb_clusters_file";
  std::map<std::string, std::string> uris;
  const std::string path = absl::GetFlag(FLAGS_executor_mongodb_clusters_file);
  if (path.empty()) return uris;
  OVERLOCK_ASSIGN_OR_RETURN(std::string text, ReadSecretFile(kFlag, path));
  const absl::StatusOr<ejson::Value> clusters = ejson::Parse(text);
  if (!clusters.ok() || !clusters->is(ejson::Value::Type::kDocument)) {
    return BadFlag(absl::StrCat("--", kFlag, ": ", path, " is no JSON object"));
  }
  for (const auto& [name, uri] : clusters->members()) {
    if (!uri.is(ejson::Value::Type::kString)) {
      return BadFlag(absl::StrCat("--", kFlag, ": '", name, "' must be a string"));
    }
    const absl::Status status = CheckUri(kFlag, uri.as_string());
    if (!status.ok()) return BadFlag(absl::StrCat(status.message(), " ('", name, "')"));
    uris.emplace(name, uri.as_string());
  }
  return uris;
}

void AddGauges(Metrics& metrics) {
  Cluster::Counts& counts = Cluster::counts();
  constexpr char kCommands[] = "overlock_executor_mongodb_commands";
  constexpr char kHelp[] = "Commands to MongoDB by what they do.";
  metrics.AddGauge(kCommands, kHelp, {{"state", "running"}}, [&counts] { return counts.running.load(); });
  metrics.AddGauge(kCommands, kHelp, {{"state", "waiting"}}, [&counts] { return counts.waiting.load(); });
  metrics.AddGauge("overlock_executor_mongodb_cursors", "Cursors at MongoDB that are open, each with a connection.", {},
                   [&counts] { return counts.cursors.load(); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataSources>> MakeDataSources(boost::asio::any_io_executor loop, Metrics& metrics,
                                                             std::unique_ptr<DataSources> otherwise) {
  MongodbOptions options;
  OVERLOCK_ASSIGN_OR_RETURN(options.default_uri, ReadDefaultUri());
  OVERLOCK_ASSIGN_OR_RETURN(options.uris, ReadClusters());
  options.service_uris = absl::GetFlag(FLAGS_executor_mongodb_service_uris);
  options.connections = absl::GetFlag(FLAGS_executor_mongodb_connections);
  if (options.connections < 3 || options.connections > 10'000) {
    return BadFlag("--executor_mongodb_connections: allowed: 3 to 10000");
  }
  AddGauges(metrics);
  return std::make_unique<MongodbSources>(std::move(loop), std::move(options), std::move(otherwise));
}

}  // namespace overlock::executor
