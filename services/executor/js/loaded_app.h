// A revision of an application as a worker keeps it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_LOADED_APP_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_LOADED_APP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/js/dependencies.h"

namespace overlock::executor::js {

// Something that can be run. Points into a LoadedApp.
struct Code {
  // JavaScript. Its address names the code: no two functions, and no two revisions, share one. Endpoints have that of
  // their function.
  const std::string* source = nullptr;
  // How it is called in stacks: the path of its file in the exported application.
  std::string name;
  // Of webhooks, endpoints and their scripts: the payload's shape. An endpoint's is that of HTTP.
  type::v1::ServiceType service_type = type::v1::SERVICE_TYPE_UNSPECIFIED;
  // Of webhooks and endpoints.
  bool respond_result = true;
  bool run_as_system = false;
  // Of endpoints.
  config::v1::ReturnType return_type = config::v1::RETURN_TYPE_UNSPECIFIED;
};

// Immutable, but that its dependencies are unpacked when they are first used. The JavaScript thread's.
class LoadedApp {
 public:
  explicit LoadedApp(worker::v1::LoadApp load);
  LoadedApp(const LoadedApp&) = delete;
  LoadedApp& operator=(const LoadedApp&) = delete;

  const std::string& app_id() const { return load_.app().app_id(); }
  int64_t revision() const { return load_.app().revision(); }
  const config::v1::ExecutorView& view() const { return load_.view(); }
  int64_t cpu_time_max_ns() const { return cpu_time_max_ns_; }
  int64_t memory_bytes_max() const { return memory_bytes_max_; }
  int pending_operations_max() const { return pending_operations_max_; }
  int console_lines_max() const { return console_lines_max_; }
  size_t console_line_bytes_max() const { return console_line_bytes_max_; }
  // Of an answer's headers and body together, or of a result's text.
  size_t answer_bytes_max() const { return answer_bytes_max_; }

  // Null if there is none.
  const Code* Find(const v1::ExecuteRequest& request) const;
  const Code* FindFunction(std::string_view name) const;
  Dependencies& dependencies() const { return dependencies_; }
  // The source of the file that a stack names: of a Code, or of a dependency. Null if there is none.
  const std::string* FindSource(std::string_view file) const;
  // The type of a service; null if there is none.
  const std::string* FindServiceType(std::string_view name) const;
  // JSON text; null if there is none.
  const std::string* FindValue(std::string_view name) const;

 private:
  // Service and webhook, or an endpoint's route and method.
  using Key = std::pair<std::string, std::string>;
  using Codes = absl::flat_hash_map<Key, Code>;
  void AddWebhook(const config::v1::ExecutorView::Webhook& webhook);
  void AddEndpoint(const config::v1::ExecutorView::Endpoint& endpoint,
                   const config::v1::ExecutorView::Function& function);

  const worker::v1::LoadApp load_;
  mutable Dependencies dependencies_;
  int64_t cpu_time_max_ns_;
  int64_t memory_bytes_max_;
  int pending_operations_max_;
  int console_lines_max_;
  size_t console_line_bytes_max_;
  size_t answer_bytes_max_;
  Codes webhooks_;
  Codes scripts_;
  Codes endpoints_;
  Codes endpoint_scripts_;
  absl::flat_hash_map<std::string, Code> functions_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_LOADED_APP_H_
