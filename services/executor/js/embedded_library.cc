#include "services/executor/js/embedded_library.h"

#include <charconv>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"

// The build defines OVERLOCK_LIBRARY_FILE; runtime/library/build.mjs says what it holds.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global overlock_library_begin\n"
    ".global overlock_library_end\n"
    "overlock_library_begin:\n"
    ".incbin \"" OVERLOCK_LIBRARY_FILE
    "\"\n"
    "overlock_library_end:\n"
    ".popsection\n");

extern "C" const char overlock_library_begin[];
extern "C" const char overlock_library_end[];

namespace overlock::executor::js {
namespace {

using Modules = absl::flat_hash_map<std::string_view, std::string_view>;

// The first line is [["name",bytes],["name",bytes],...]; names hold no quotation mark.
Modules ReadIndex() {
  std::string_view file(overlock_library_begin, static_cast<size_t>(overlock_library_end - overlock_library_begin));
  std::string_view index = file.substr(0, file.find('\n'));
  size_t text_begin = index.size() + 1;
  Modules modules;
  for (size_t at = index.find('"'); at != index.npos; at = index.find('"', at)) {
    size_t name_end = index.find('"', at + 1);
    std::string_view name = index.substr(at + 1, name_end - at - 1);
    size_t bytes = 0;
    const char* number = index.data() + name_end + 2;
    at = static_cast<size_t>(std::from_chars(number, index.data() + index.size(), bytes).ptr - index.data());
    modules[name] = file.substr(text_begin, bytes);
    text_begin += bytes;
  }
  return modules;
}

class Text : public v8::String::ExternalOneByteStringResource {
 public:
  explicit Text(std::string_view text) : text_(text) {}
  const char* data() const override { return text_.data(); }
  size_t length() const override { return text_.size(); }

 private:
  const std::string_view text_;
};

}  // namespace

std::string_view LibraryModule(std::string_view name) {
  static const Modules& modules = *new Modules(ReadIndex());
  auto it = modules.find(name);
  return it == modules.end() ? std::string_view() : it->second;
}

v8::MaybeLocal<v8::String> LibraryString(v8::Isolate* isolate, std::string_view module) {
  // V8 deletes it together with the string.
  return v8::String::NewExternalOneByte(isolate, new Text(module));
}

}  // namespace overlock::executor::js
