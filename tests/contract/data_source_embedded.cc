// The embedded database among the sources of the contract.
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "common/status/status_macros.h"
#include "services/executor/data/embedded/embedded_database.h"
#include "services/executor/js/document_engines.h"
#include "tests/contract/data_source_contract.h"

namespace overlock::executor {
namespace {

class TestedEmbedded : public TestedSource {
 public:
  TestedEmbedded(std::filesystem::path directory, std::unique_ptr<EmbeddedDatabase> database)
      : directory_(std::move(directory)),
        database_(std::move(database)),
        source_(database_->MakeSource("app-abcde", "mongodb-atlas")) {}
  ~TestedEmbedded() override {
    source_.reset();
    database_.reset();
    std::filesystem::remove_all(directory_);
  }
  DataSource& source() override { return *source_; }

 private:
  const std::filesystem::path directory_;
  std::unique_ptr<EmbeddedDatabase> database_;
  std::unique_ptr<DataSource> source_;
};

absl::StatusOr<std::unique_ptr<TestedSource>> Make(boost::asio::any_io_executor) {
  std::string pattern = ::testing::TempDir() + "/overlock-embedded-XXXXXX";
  const std::filesystem::path directory = mkdtemp(pattern.data());
  EmbeddedDatabaseOptions options;
  options.path = directory / "data.db";
  options.find_engines = [] { return js::MakeDocumentEngines; };
  OVERLOCK_ASSIGN_OR_RETURN(std::unique_ptr<EmbeddedDatabase> database, EmbeddedDatabase::Open(options));
  return std::make_unique<TestedEmbedded>(directory, std::move(database));
}

const bool kAdded = AddTestedSource({"Embedded", &Make});

}  // namespace
}  // namespace overlock::executor
