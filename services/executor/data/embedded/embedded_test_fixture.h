// The embedded database in a directory of its own, and commands as Extended JSON.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_EMBEDDED_TEST_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_EMBEDDED_TEST_FIXTURE_H_

#include <bson/bson.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/testing/fake_clock.h"
#include "services/executor/data/embedded/embedded_database.h"
#include "services/executor/js/document_engines.h"

namespace overlock::executor {

inline std::string Bson(std::string_view json) {
  bson_error_t error;
  bson_t* document =
      bson_new_from_json(reinterpret_cast<const uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), &error);
  EXPECT_NE(document, nullptr) << json << ": " << error.message;
  if (document == nullptr) return {};
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(document)), document->len);
  bson_destroy(document);
  return bytes;
}

// Canonical Extended JSON without blanks.
inline std::string Json(const std::string& bytes) {
  bson_t document;
  if (!bson_init_static(&document, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size())) return "no BSON";
  char* text = bson_as_canonical_extended_json(&document, nullptr);
  std::string json(text);
  bson_free(text);
  std::erase(json, ' ');
  return json;
}

class EmbeddedTest : public testing::Test {
 protected:
  EmbeddedTest() {
    options_.find_engines = [] { return js::MakeDocumentEngines; };
  }
  ~EmbeddedTest() override {
    Close();
    std::filesystem::remove_all(directory_);
  }

  void SetUp() override {
    std::string pattern = testing::TempDir() + "/overlock-embedded-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    options_.path = directory_ / "data.db";
    options_.clock = &clock_;
    Open();
  }

  void Open() {
    absl::StatusOr<std::unique_ptr<EmbeddedDatabase>> database = EmbeddedDatabase::Open(options_);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    source_ = database_->MakeSource("shop", "mongodb-atlas");
  }
  void Close() {
    source_.reset();
    database_.reset();
  }

  DataOutcome RunBytes(DataSource& source, std::string command, CallContext context = {}, std::string database = "db") {
    DataCommand request;
    request.database = std::move(database);
    request.command = std::move(command);
    request.context = std::move(context);
    return BlockOn(source.Run(std::move(request)));
  }

  static std::string Shown(const DataOutcome& outcome) {
    if (auto* reply = std::get_if<DataReply>(&outcome)) return Json(reply->reply);
    const auto& error = std::get<DataError>(outcome);
    return absl::StrCat(error.code, " ", error.code_name, ": ", error.message);
  }

  // The reply as canonical Extended JSON, or `code name: message`.
  std::string Run(DataSource& source, std::string_view command) { return Shown(RunBytes(source, Bson(command))); }
  std::string Run(std::string_view command) { return Run(*source_, command); }

  FakeClock clock_;
  std::filesystem::path directory_;
  EmbeddedDatabaseOptions options_;
  std::unique_ptr<EmbeddedDatabase> database_;
  std::unique_ptr<DataSource> source_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_EMBEDDED_EMBEDDED_TEST_FIXTURE_H_
