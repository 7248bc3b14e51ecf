#include "services/executor/js/embedded_documents.h"

#include <cstddef>

// The build defines OVERLOCK_DOCUMENTS_FILE: ASCII, by runtime/documents/build.mjs.
asm(".pushsection .rodata\n"
    ".balign 64\n"
    ".global overlock_documents_begin\n"
    ".global overlock_documents_end\n"
    "overlock_documents_begin:\n"
    ".incbin \"" OVERLOCK_DOCUMENTS_FILE
    "\"\n"
    "overlock_documents_end:\n"
    ".popsection\n");

extern "C" const char overlock_documents_begin[];
extern "C" const char overlock_documents_end[];

namespace overlock::executor::js {
namespace {

class Text : public v8::String::ExternalOneByteStringResource {
 public:
  const char* data() const override { return overlock_documents_begin; }
  size_t length() const override { return static_cast<size_t>(overlock_documents_end - overlock_documents_begin); }
};

}  // namespace

v8::MaybeLocal<v8::String> DocumentsScript(v8::Isolate* isolate) {
  // V8 deletes it together with the string.
  return v8::String::NewExternalOneByte(isolate, new Text());
}

}  // namespace overlock::executor::js
