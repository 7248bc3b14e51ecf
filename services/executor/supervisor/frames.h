// The frames that the supervisor sends.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_FRAMES_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_FRAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/channel/body_ring.h"
#include "services/executor/supervisor/app_code.h"

namespace overlock::executor {

// Each appends one frame (services/executor/channel/frame.h) that holds a worker::v1::ToWorker.
//
// `request.body` must be empty. The frame's request has `body` there, whose bytes are copied once; or the frame says
// that it is the shared one, and `body` counts for nothing.
void AppendInvoke(uint64_t sequence, const v1::ExecuteRequest& request, std::string_view body,
                  const std::optional<SharedBody>& shared, int64_t run_time_left_us, std::string& out);
// Of the request only the application counts.
void AppendCompile(uint64_t sequence, const v1::ExecuteRequest& request, const v1::CompileRequest& compile,
                   int64_t run_time_left_us, std::string& out);
// Of services the worker learns name and type.
void AppendLoadApp(const AppCode& code, std::string& out);
void AppendUnloadApp(const type::v1::AppRevision& app, std::string& out);
void AppendConfigure(int64_t isolate_memory_bytes_max, std::string& out);
void AppendCancel(uint64_t sequence, std::string& out);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_FRAMES_H_
