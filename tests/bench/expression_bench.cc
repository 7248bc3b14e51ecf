// What can_evaluate costs. docs/performance.md has the figures; the aim is 2 us for five clauses.
#include <cstdlib>
#include <string>
#include <variant>

#include "benchmark/benchmark.h"
#include "common/expression/program.h"
#include "common/expression/trace.h"
#include "common/request_environment/request_environment.h"

namespace overlock::expression {
namespace {

constexpr char kFiveClauses[] = R"({
  "%%request.httpMethod": "POST",
  "%%request.remoteIPAddress": {"%nin": ["248.88.57.58", "19.241.23.116", "147.64.232.1"]},
  "%%request.requestHeaders.x-secret-key": "%%values.key",
  "%%user.type": {"%in": ["normal", "server"]},
  "%or": [{"%%request.httpUserAgent": {"%exists": false}}, {"%%user.id": {"%ne": "5f0000000000000000000001"}}]
})";
// The user's data are JSON that each request brings with it.
constexpr char kUserData[] = R"({
  "%%user.data.roles": "admin",
  "%%user.data.address.city": {"%in": ["London", "Paris"]},
  "%%user.custom_data.teams.level": {"%gte": 5},
  "%%user.custom_data.until": {"%gt": {"$date": "2020-01-01T00:00:00Z"}},
  "%%user.identities.provider_type": "local-userpass"
})";

struct Inputs {
  Inputs() {
    request.set_method("POST");
    request.set_webhook_url("https://hooks.example.com/api/client/v2.0/app/shop-abcde/service/s/incoming_webhook/w");
    request.set_remote_ip_address("203.0.113.77");
    // As many headers as senders send.
    for (const char* name : {"Host", "Accept", "Content-Type", "Content-Length", "Accept-Encoding", "X-Forwarded-For",
                             "X-Forwarded-Proto", "X-Request-Id", "Traceparent"}) {
      AddHeader(name, "some value");
    }
    AddHeader("User-Agent", "GitHub-Hookshot/0123456789abcdef");
    AddHeader("X-Secret-Key", "a secret that is longer than a short string");
    user.set_id("5e7f9a1b2c3d4e5f60718293");
    user.set_type(type::v1::User::TYPE_NORMAL);
    user.set_data_json(R"({"roles":["dev","admin"],"address":{"city":"London","zip":"N1"},"email":"a@example.com"})");
    user.set_custom_data_json(
        R"({"teams":[{"name":"blue","level":3},{"name":"red","level":7}],"until":{"$date":"2030-01-01T00:00:00Z"}})");
    user.add_identities()->set_provider_type("local-userpass");
    names.values.emplace("key", ejson::Value::String("a secret that is longer than a short string"));
  }
  void AddHeader(const std::string& name, const std::string& value) {
    auto* header = request.add_headers();
    header->set_name(name);
    header->set_value(value);
  }

  type::v1::HttpRequest request;
  type::v1::User user;
  type::v1::WebhookName webhook;
  AppNames names;
};

Program Parsed(const char* text) {
  absl::StatusOr<Program> program = Program::Parse(text);
  if (!program.ok()) std::abort();
  return *program;
}

void Evaluate(benchmark::State& state, const char* text) {
  const Inputs inputs;
  const Program program = Parsed(text);
  for (auto _ : state) {
    RequestEnvironment environment(inputs.request, inputs.user, inputs.webhook, inputs.names);
    Result result = program.Evaluate(environment);
    if (!std::get<bool>(result)) std::abort();
    benchmark::DoNotOptimize(result);
  }
}

void FiveClauses(benchmark::State& state) { Evaluate(state, kFiveClauses); }
BENCHMARK(FiveClauses);

void FiveClausesOfUserData(benchmark::State& state) { Evaluate(state, kUserData); }
BENCHMARK(FiveClausesOfUserData);

void Regex(benchmark::State& state) {
  Evaluate(state, R"({"%%request.httpUserAgent":{"%regex":"^GitHub-Hookshot/"}})");
}
BENCHMARK(Regex);

void Parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Program::Parse(kFiveClauses));
}
BENCHMARK(Parse);

void Explain(benchmark::State& state) {
  const Inputs inputs;
  const Program program = Parsed(kFiveClauses);
  const Secrets secrets{{"key"}, {"a secret that is longer than a short string"}};
  for (auto _ : state) {
    RequestEnvironment environment(inputs.request, inputs.user, inputs.webhook, inputs.names);
    benchmark::DoNotOptimize(program.Explain(environment, secrets));
  }
}
BENCHMARK(Explain);

}  // namespace
}  // namespace overlock::expression

BENCHMARK_MAIN();
