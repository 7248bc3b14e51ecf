// The npm packages of an application.
#ifndef OVERLOCK_SERVICES_EXECUTOR_JS_DEPENDENCIES_H_
#define OVERLOCK_SERVICES_EXECUTOR_JS_DEPENDENCIES_H_

#include <memory>
#include <string>
#include <string_view>

namespace overlock::executor::js {

// Unpacked when it is first asked. The JavaScript thread's.
class Dependencies {
 public:
  // `packed` is ExecutorView.dependencies and must outlive this.
  explicit Dependencies(const std::string& packed);
  ~Dependencies();

  // The bytes of a file by its path from `node_modules/` on; null if there is none. They live as long as this.
  const std::string* Find(std::string_view path);

 private:
  struct Files;
  const std::string& packed_;
  std::unique_ptr<Files> files_;
};

}  // namespace overlock::executor::js

#endif  // OVERLOCK_SERVICES_EXECUTOR_JS_DEPENDENCIES_H_
