// Writes into an embedded database until it is killed: embedded_writer FILE. For tests/system/test_embedded_crash.py.
//
// First it prints the documents that are there, `there W N` each, and `writing`; then it inserts documents from several
// threads, and after each answer prints `done W N`. With `--list` it ends before that.
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <bson/bson.h>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "services/executor/data/embedded/embedded_database.h"
#include "services/executor/js/document_engines.h"

namespace overlock::executor {
namespace {

constexpr int kWriters = 4;

std::string Run(DataSource& source, const std::string& json) {
  bson_t* document = bson_new_from_json(reinterpret_cast<const uint8_t*>(json.data()), -1, nullptr);
  DataCommand command;
  command.database = "db";
  command.command.assign(reinterpret_cast<const char*>(bson_get_data(document)), document->len);
  bson_destroy(document);
  DataOutcome outcome = BlockOn(source.Run(std::move(command)));
  auto* reply = std::get_if<DataReply>(&outcome);
  if (reply != nullptr) return reply->reply;
  std::fprintf(stderr, "%s\n", std::get<DataError>(outcome).message.c_str());
  return {};
}

// The numbers of the documents that are there; the next one is one more.
int64_t List(DataSource& source, int writer) {
  int64_t count = 0;
  std::string reply = Run(source, R"({"find": "c", "sort": {"_id": 1}, "batchSize": 1000000})");
  bson_t document;
  bson_iter_t iterator;
  bson_iter_t batch;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(reply.data()), reply.size()) ||
      !bson_iter_init(&iterator, &document) || !bson_iter_find_descendant(&iterator, "cursor.firstBatch", &batch) ||
      !bson_iter_recurse(&batch, &batch)) {
    return -1;
  }
  for (bson_iter_t field; bson_iter_next(&batch); ++count) {
    if (!bson_iter_recurse(&batch, &field) || !bson_iter_find(&field, "_id")) return -1;
    std::printf("there %d %lld\n", writer, static_cast<long long>(bson_iter_as_int64(&field)));
  }
  return count;
}

void Write(DataSource& source, int writer, int64_t from) {
  for (int64_t number = from;; ++number) {
    std::string reply = Run(source, absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", number, R"(, "text": ")",
                                                 std::string(static_cast<size_t>(100 + number % 5'000), 'x'), "\"}]}"));
    if (reply.empty() || reply.find("writeErrors") != std::string::npos) std::abort();
    std::printf("done %d %lld\n", writer, static_cast<long long>(number));
  }
}

int Main(const std::string& path, bool only_list) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  EmbeddedDatabaseOptions options;
  options.path = path;
  options.find_engines = [] { return js::MakeDocumentEngines; };
  auto database = EmbeddedDatabase::Open(options);
  if (!database.ok()) {
    std::fprintf(stderr, "%s\n", std::string(database.status().message()).c_str());
    return 1;
  }
  std::vector<std::unique_ptr<DataSource>> sources;
  std::vector<int64_t> next;
  for (int writer = 0; writer < kWriters; ++writer) {
    sources.push_back((*database)->MakeSource(absl::StrCat("application-", writer), "s"));
    next.push_back(List(*sources.back(), writer));
    if (next.back() < 0) return 1;
  }
  std::printf("writing\n");
  if (only_list) return 0;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] { Write(*sources[writer], writer, next[writer]); });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace
}  // namespace overlock::executor

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return overlock::executor::Main(argv[1], argc > 2 && std::string(argv[2]) == "--list");
}
