// Makes the start-up snapshot: overlock-mksnapshot RUNTIME.js SNAPSHOT
#include <v8-context.h>
#include <v8-exception.h>
#include <v8-isolate.h>
#include <v8-local-handle.h>
#include <v8-primitive.h>
#include <v8-script.h>
#include <v8-snapshot.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "services/executor/js/platform.h"
#include "services/executor/js/snapshot.h"

namespace overlock::executor::js {
namespace {

bool RunScript(v8::Isolate* isolate, v8::Local<v8::Context> context, const std::string& source) {
  v8::TryCatch try_catch(isolate);
  v8::Local<v8::String> text =
      v8::String::NewFromUtf8(isolate, source.data(), v8::NewStringType::kNormal, static_cast<int>(source.size()))
          .ToLocalChecked();
  v8::ScriptOrigin origin(isolate, v8::String::NewFromUtf8Literal(isolate, kRuntimeScriptName));
  v8::Local<v8::Script> script;
  if (v8::Script::Compile(context, text, &origin).ToLocal(&script) && !script->Run(context).IsEmpty()) return true;
  v8::Local<v8::Value> stack;
  if (!try_catch.StackTrace(context).ToLocal(&stack)) stack = try_catch.Exception();
  std::cerr << *v8::String::Utf8Value(isolate, stack) << "\n";
  return false;
}

int Make(const std::string& source_file, const std::string& snapshot_file) {
  std::ifstream input(source_file, std::ios::binary);
  std::string source((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  if (!input || source.empty()) {
    std::cerr << "cannot read " << source_file << "\n";
    return 1;
  }
  InitializedPlatform();
  v8::SnapshotCreator creator;
  v8::Isolate* isolate = creator.GetIsolate();
  bool ran = false;
  {
    v8::HandleScope handles(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    v8::Context::Scope scope(context);
    ran = RunScript(isolate, context, source);
    creator.SetDefaultContext(v8::Context::New(isolate));
    ran = creator.AddContext(context) == kRuntimeContextIndex && ran;
  }
  // Compiled functions are kept: a new context then begins with the runtime library's bytecode.
  v8::StartupData blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  std::unique_ptr<const char[]> owner(blob.data);
  if (!ran) return 1;
  std::string sealed = SealSnapshot(std::string_view(blob.data, static_cast<size_t>(blob.raw_size)));
  std::ofstream output(snapshot_file, std::ios::binary);
  output.write(sealed.data(), static_cast<std::streamsize>(sealed.size()));
  output.close();
  if (!output) std::cerr << "cannot write " << snapshot_file << "\n";
  return output ? 0 : 1;
}

}  // namespace
}  // namespace overlock::executor::js

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: overlock-mksnapshot RUNTIME.js SNAPSHOT\n";
    return 2;
  }
  return overlock::executor::js::Make(argv[1], argv[2]);
}
