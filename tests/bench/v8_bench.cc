// What the V8 that Overlock runs needs by itself for a body: JSON.parse, a function, JSON.stringify. No request, no
// limits, no library around it. `references.py` starts it on one core.
//
//   v8_bench --function=FILE --body=FILE    FILE of the function: a module of tests/bench/peers/functions
#include <benchmark/benchmark.h>
#include <v8.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/executor/js/platform.h"

namespace overlock {
namespace {

constexpr std::string_view kFunctionFlag = "--function=";
constexpr std::string_view kBodyFlag = "--body=";

std::string ReadFile(std::string_view path) {
  std::ifstream file(std::string(path), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

v8::Local<v8::String> ToV8(v8::Isolate* isolate, const std::string& text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal, static_cast<int>(text.size()))
      .ToLocalChecked();
}

// The script's value is a function from a body's text to an answer's. Empty if the script is wrong.
v8::MaybeLocal<v8::Value> Evaluate(v8::Local<v8::Context> context, const std::string& module) {
  const std::string source =
      absl::StrCat(absl::StrReplaceAll(module, {{"export default function handle", "function handle"}}),
                   "\n(text) => JSON.stringify(handle(JSON.parse(text)))");
  v8::Local<v8::Script> script;
  if (!v8::Script::Compile(context, ToV8(context->GetIsolate(), source)).ToLocal(&script)) return {};
  return script->Run(context);
}

void RunFunction(benchmark::State& state, const std::string& module, const std::string& body) {
  executor::js::InitializedPlatform();
  std::unique_ptr<v8::ArrayBuffer::Allocator> allocator(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
  v8::Isolate::CreateParams parameters;
  parameters.array_buffer_allocator = allocator.get();
  v8::Isolate* isolate = v8::Isolate::New(parameters);
  {
    v8::Isolate::Scope isolate_scope(isolate);
    v8::HandleScope handles(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    v8::Context::Scope context_scope(context);
    v8::Local<v8::Value> value;
    if (!Evaluate(context, module).ToLocal(&value) || !value->IsFunction()) {
      state.SkipWithError("the function does not compile");
    }
    for (auto _ : state) {
      v8::HandleScope call_handles(isolate);
      v8::Local<v8::Value> text = ToV8(isolate, body);
      v8::Local<v8::Value> answer;
      if (!value.As<v8::Function>()->Call(context, context->Global(), 1, &text).ToLocal(&answer)) {
        state.SkipWithError("the function threw");
        break;
      }
      benchmark::DoNotOptimize(answer);
    }
  }
  isolate->Dispose();
}

}  // namespace
}  // namespace overlock

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::string module;
  std::string body;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument.starts_with(overlock::kFunctionFlag)) {
      module = overlock::ReadFile(argument.substr(overlock::kFunctionFlag.size()));
    } else if (argument.starts_with(overlock::kBodyFlag)) {
      body = overlock::ReadFile(argument.substr(overlock::kBodyFlag.size()));
    }
  }
  if (module.empty() || body.empty()) {
    std::fprintf(stderr, "v8_bench: wants --function=FILE and --body=FILE, neither of them empty\n");
    return 2;
  }
  // Processor time of all threads: garbage is collected on others, too. Warm first, as a server is.
  benchmark::RegisterBenchmark("ParseCallStringify",
                               [&](benchmark::State& state) { overlock::RunFunction(state, module, body); })
      ->MeasureProcessCPUTime()
      ->MinWarmUpTime(1)
      ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
