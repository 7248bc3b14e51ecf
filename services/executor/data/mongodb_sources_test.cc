#include "services/executor/data/mongodb_sources.h"

#include <string>
#include <utility>
#include <variant>

#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Nothing listens there, so every command says where it went.
constexpr char kNamed[] = "mongodb://127.0.0.1:2/?serverSelectionTimeoutMS=300";
constexpr char kDefault[] = "mongodb://127.0.0.1:3/?serverSelectionTimeoutMS=300";
constexpr char kOwn[] = "mongodb://127.0.0.1:4/?serverSelectionTimeoutMS=300";

class Elsewhere : public DataSources, public DataSource {
 public:
  DataSource* Find(const ServiceCall&) override { return this; }
  Task<DataOutcome> Run(DataCommand) override { co_return DataError{0, "", "elsewhere"}; }
};

class MongodbSourcesTest : public ::testing::Test {
 protected:
  // What a command of the service meets.
  std::string Said(DataSources& sources, const std::string& config, const std::string& own_uri = "",
                   int64_t revision = 1) {
    config::v1::AppView view;
    view.mutable_app()->set_app_id("app-abcde");
    view.mutable_app()->set_revision(revision);
    config::v1::ExecutorView::Service& service = *view.mutable_executor()->add_services();
    service.set_name("mongodb-atlas");
    service.set_type("mongodb-atlas");
    service.set_config_json(config);
    if (!own_uri.empty()) (*service.mutable_secrets())["uri"] = own_uri;
    ServiceCall call;
    auto code = std::make_shared<const AppCode>(std::move(view));
    call.service = code->FindService("mongodb-atlas");
    call.code = code;
    DataCommand command{"test", std::string("\x0f\0\0\0\x10ping\0\1\0\0\0\0", 15), CallContext()};
    return std::get<DataError>(BlockOn(sources.Find(call)->Run(std::move(command)))).message;
  }
  MongodbSources Make(MongodbOptions options, std::unique_ptr<DataSources> otherwise = nullptr) {
    return MongodbSources(loops_.Get(0), std::move(options), std::move(otherwise));
  }

  EventLoops loops_{1};
};

TEST_F(MongodbSourcesTest, TakesTheServicesOwnConnectionStringFirst) {
  MongodbSources sources = Make({.default_uri = kDefault, .uris = {{"Cluster0", kNamed}}});
  EXPECT_THAT(Said(sources, R"({"clusterName": "Cluster0"})", kOwn), HasSubstr("127.0.0.1:4"));
}

TEST_F(MongodbSourcesTest, ThenTheOneOfItsCluster) {
  MongodbSources sources = Make({.default_uri = kDefault, .uris = {{"Cluster0", kNamed}}});
  EXPECT_THAT(Said(sources, R"({"clusterName": "Cluster0"})"), HasSubstr("127.0.0.1:2"));
}

TEST_F(MongodbSourcesTest, ThenTheDefaultOne) {
  MongodbSources sources =
      Make({.default_uri = kDefault, .uris = {{"Cluster0", kNamed}}}, std::make_unique<Elsewhere>());
  EXPECT_THAT(Said(sources, R"({"clusterName": "Cluster1"})"), HasSubstr("127.0.0.1:3"));
  EXPECT_THAT(Said(sources, "", "", 2), HasSubstr("127.0.0.1:3"));
}

TEST_F(MongodbSourcesTest, ThenWhatThereIsOtherwise) {
  MongodbSources sources = Make({}, std::make_unique<Elsewhere>());
  EXPECT_EQ(Said(sources, R"({"clusterName": "Cluster0"})"), "elsewhere");
}

TEST_F(MongodbSourcesTest, SaysWhatToSetWhereThereIsNothing) {
  MongodbSources sources = Make({});
  EXPECT_THAT(Said(sources, R"({"clusterName": "Cluster0"})"),
              AllOf(HasSubstr("service 'mongodb-atlas' has no MongoDB"), HasSubstr("--executor_mongodb_uri_file"),
                    HasSubstr("'Cluster0' in --executor_mongodb_clusters_file"), HasSubstr("secret_config.uri")));
}

TEST_F(MongodbSourcesTest, RefusesConnectionStringsOfServicesWhereThatIsSaid) {
  MongodbSources sources = Make({.default_uri = kDefault, .service_uris = false});
  EXPECT_THAT(Said(sources, "{}", kOwn),
              AllOf(HasSubstr("--executor_mongodb_service_uris"), Not(HasSubstr("127.0.0.1"))));
}

TEST_F(MongodbSourcesTest, KeepsServicesFromThisMachine) {
  MongodbSources sources = Make({});
  EXPECT_THAT(Said(sources, "{}", "mongodb://%2Ftmp%2Fmongodb.sock/"), HasSubstr("socket of this machine"));
}

TEST_F(MongodbSourcesTest, SaysWhichReadPreferencesThereAre) {
  MongodbSources sources = Make({.default_uri = kDefault});
  EXPECT_THAT(Said(sources, R"({"readPreference": "closest"})"),
              HasSubstr("config.readPreference: 'closest', allowed: primary,"));
  EXPECT_THAT(Said(sources, R"({"readPreference": "nearest"})", "", 2), HasSubstr("127.0.0.1:3"));
}

TEST_F(MongodbSourcesTest, ReadsAServiceAnewWhenItsApplicationChanges) {
  MongodbSources sources = Make({.default_uri = kDefault});
  EXPECT_THAT(Said(sources, "{}", kOwn, 1), HasSubstr("127.0.0.1:4"));
  EXPECT_THAT(Said(sources, "{}", "", 2), HasSubstr("127.0.0.1:3"));
}

}  // namespace
}  // namespace overlock::executor
