// A MongoDB among the sources of the contract: the one of OVERLOCK_TEST_MONGODB_URI, or one that the tests start.
#include "common/status/status.h"
#include "common/testing/mongodb_server.h"
#include "services/executor/data/mongoc/mongoc_source.h"
#include "tests/contract/data_source_contract.h"

namespace overlock::executor {
namespace {

class TestedMongodb : public TestedSource {
 public:
  TestedMongodb(boost::asio::any_io_executor loop, const std::string& uri)
      : loop_(loop), clusters_(std::move(loop), 30), source_(clusters_, "app-abcde", uri, UriOwner::kOperator, "") {}
  DataSource& source() override { return source_; }
  bool HasGaps() override {
    DataCommand command{"admin", Bson(R"({"buildInfo": 1})"), CallContext()};
    const DataOutcome outcome = RunOn(loop_, source_, std::move(command));
    const auto* reply = std::get_if<DataReply>(&outcome);
    return reply != nullptr && BsonAt(reply->reply, "").find("ferretdb") != std::string::npos;
  }

 private:
  const boost::asio::any_io_executor loop_;
  MongoClusters clusters_;
  MongocSource source_;
};

absl::StatusOr<std::unique_ptr<TestedSource>> Make(boost::asio::any_io_executor loop) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string uri, MongodbServer::SharedUri());
  return std::make_unique<TestedMongodb>(std::move(loop), uri);
}

const bool kAdded = AddTestedSource({"Mongodb", &Make});

}  // namespace
}  // namespace overlock::executor
