#include "services/executor/custom_user_data.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <variant>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/ejson/bson.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

using Response = v1::ReadCustomUserDataResponse;
using ejson::Value;

// It travels with every request of the user, beside a body of 18 MiB; as Extended JSON it is several times as long.
constexpr size_t kDocumentBytesMax = 256 << 10;
// What else a reply of MongoDB holds.
constexpr size_t kReplyOverheadBytesMax = 64 << 10;

absl::Status Unusable(std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "CUSTOM_DATA_UNUSABLE", absl::StrCat("custom user data: ", why));
}

absl::Status ToStatus(const ServiceFailure& failure) {
  // What comes from a server may be anything; a status holds UTF-8.
  const std::string_view why = ejson::IsUtf8(failure.message) ? failure.message : std::string_view("no UTF-8");
  if (failure.code != "MongoDBError") return Unusable(absl::StrCat(failure.code, ": ", why));
  return Error(absl::StatusCode::kUnavailable, "CUSTOM_DATA_UNAVAILABLE", absl::StrCat("custom user data: ", why));
}

std::shared_ptr<ServiceCall> MakeFind(const std::shared_ptr<const AppCode>& code, std::string user_id,
                                      const CallContext& call) {
  const config::v1::CustomUserData& where = code->view().custom_user_data();
  auto invocation = std::make_shared<v1::ExecuteRequest>();
  *invocation->mutable_app() = code->revision();
  invocation->mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
  auto find = std::make_shared<ServiceCall>();
  find->code = code;
  find->service = code->FindService(where.mongo_service_name());
  find->action = "findOne";
  find->argument = Value::Document(
      {{"database", Value::String(where.database_name())}, {"collection", Value::String(where.collection_name())}});
  find->body = ejson::ToBson(
      Value::Document({{"find", Value::String(where.collection_name())},
                       {"filter", Value::Document({{where.user_id_field(), Value::String(std::move(user_id))}})},
                       {"limit", Value::Int32(1)},
                       {"singleBatch", Value::Bool(true)}}));
  find->as_system = true;
  find->invocation = std::move(invocation);
  find->context = call;
  find->context.deadline = std::min(call.deadline, absl::Now() + code->run_time_max());
  return find;
}

absl::StatusOr<Response> ReadReply(std::string_view reply) {
  const auto too_large = [] {
    return Unusable(absl::StrCat("a document is larger than ", kDocumentBytesMax, " bytes"));
  };
  if (reply.size() > kDocumentBytesMax + kReplyOverheadBytesMax) return too_large();
  absl::StatusOr<Value> parsed = ejson::FromBson(reply);
  if (!parsed.ok()) return Unusable(parsed.status().message());
  const Value* cursor = parsed->Find("cursor");
  const Value* batch = cursor == nullptr ? nullptr : cursor->Find("firstBatch");
  if (batch == nullptr || !batch->is(Value::Type::kArray)) return Unusable("the database answered with no documents");
  Response response;
  if (batch->items().empty()) return response;
  const Value& document = batch->items()[0];
  if (!document.is(Value::Type::kDocument)) return Unusable("the database answered with no document");
  if (ejson::ToBson(document).size() > kDocumentBytesMax) return too_large();
  response.set_custom_data_json(ejson::ToCanonicalJson(document));
  return response;
}

}  // namespace

CustomUserDataReader::CustomUserDataReader(boost::asio::any_io_executor loop, std::shared_ptr<ServiceActions> actions)
    : loop_(std::move(loop)), actions_(actions ? std::move(actions) : std::make_shared<ServiceActions>()) {}

Task<absl::StatusOr<Response>> CustomUserDataReader::Read(std::shared_ptr<const AppCode> code, std::string user_id,
                                                          CallContext call) const {
  if (!code->view().custom_user_data().enabled()) co_return Response();
  // Services expect that stop is requested on their loop.
  std::stop_source stop;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  if (call.stop.stop_possible()) {
    on_stop.emplace(call.stop, [loop = loop_, stop] { boost::asio::post(loop, [stop] { stop.request_stop(); }); });
  }
  std::shared_ptr<ServiceCall> find = MakeFind(code, std::move(user_id), call);
  find->context.stop = stop.get_token();
  if (find->service == nullptr) {
    co_return Unusable(
        absl::StrCat("there is no service '", code->view().custom_user_data().mongo_service_name(), "'"));
  }
  ServiceCallPtr made = std::move(find);
  ServiceOutcome outcome =
      co_await boost::asio::co_spawn(loop_, actions_->Call(std::move(made)), boost::asio::use_awaitable);
  if (const auto* failure = std::get_if<ServiceFailure>(&outcome)) co_return ToStatus(*failure);
  co_return ReadReply(std::get<ServiceValue>(outcome).body);
}

}  // namespace overlock::executor
