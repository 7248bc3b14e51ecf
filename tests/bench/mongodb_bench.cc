// What a command to MongoDB costs above a bare call of its driver (issue 6: at most 40 us). Both talk to a server that
// only pretends, so that nothing else is measured.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "common/async/event_loops.h"
#include "services/executor/data/mongoc/fake_mongod_fixture.h"
#include "services/executor/data/mongoc/mongoc_source.h"

namespace overlock::executor {
namespace {

constexpr char kInsertOne[] =
    R"({"insert": "orders", "documents": [{"_id": {"$oid": "5f0c1c4d3b9f2c0001a1b2c3"}, "item": "a", "n": 1}]})";
constexpr char kFindOne[] =
    R"({"find": "orders", "filter": {"_id": {"$oid": "5f0c1c4d3b9f2c0001a1b2c3"}}, "limit": 1, "singleBatch": true})";

std::optional<std::string> Reply(const std::string& command) {
  static const std::string inserted = Bson(R"({"n": 1, "ok": 1})");
  static const std::string found = Bson(
      R"({"cursor": {"firstBatch": [{"_id": {"$oid": "5f0c1c4d3b9f2c0001a1b2c3"}, "item": "a", "n": 1}],
          "id": {"$numberLong": "0"}, "ns": "shop.orders"}, "ok": 1})");
  return std::string_view(command.c_str() + 5) == "insert" ? inserted : found;
}

// The least that one can do with the driver.
void Bare(benchmark::State& state, const char* json) {
  FakeMongod server(&Reply);
  mongoc_init();
  mongoc_uri_t* uri = mongoc_uri_new(server.uri().c_str());
  mongoc_client_pool_t* pool = mongoc_client_pool_new(uri);
  const std::string bytes = Bson(json);
  bson_t command;
  if (!bson_init_static(&command, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) std::abort();
  for (auto _ : state) {
    mongoc_client_t* client = mongoc_client_pool_pop(pool);
    bson_t reply;
    bson_error_t error;
    if (!mongoc_client_command_with_opts(client, "shop", &command, nullptr, nullptr, &reply, &error)) std::abort();
    benchmark::DoNotOptimize(reply);
    bson_destroy(&reply);
    mongoc_client_pool_push(pool, client);
  }
  mongoc_client_pool_destroy(pool);
  mongoc_uri_destroy(uri);
}

Task<void> RunMany(benchmark::State& state, DataSource& source, std::string command, std::promise<void>& done) {
  for (auto _ : state) {
    CallContext context;
    context.deadline = absl::Now() + absl::Seconds(90);
    DataCommand asked{"shop", command, std::move(context)};
    DataOutcome outcome = co_await source.Run(std::move(asked));
    if (!std::holds_alternative<DataReply>(outcome)) std::abort();
    benchmark::DoNotOptimize(outcome);
  }
  done.set_value();
}

// As the supervisor does it, from its loop.
void Source(benchmark::State& state, const char* json) {
  FakeMongod server(&Reply);
  EventLoops loops(1);
  MongoClusters clusters(loops.Get(0), 100);
  MongocSource source(clusters, "app-abcde", server.uri(), UriOwner::kOperator, "");
  std::promise<void> done;
  Detach(loops.Get(0), RunMany(state, source, Bson(json), done));
  done.get_future().get();
}

BENCHMARK_CAPTURE(Bare, insertOne, kInsertOne)->UseRealTime();
BENCHMARK_CAPTURE(Source, insertOne, kInsertOne)->UseRealTime();
BENCHMARK_CAPTURE(Bare, findOne, kFindOne)->UseRealTime();
BENCHMARK_CAPTURE(Source, findOne, kFindOne)->UseRealTime();

}  // namespace
}  // namespace overlock::executor

BENCHMARK_MAIN();
