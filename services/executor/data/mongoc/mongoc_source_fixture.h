// A MongoDB source on its loop, and a proxy before its server. Tests only.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_MONGOC_SOURCE_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_MONGOC_SOURCE_FIXTURE_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/event_loops.h"
#include "common/testing/bson_text.h"
#include "common/testing/mongodb_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/data/mongoc/mongoc_source.h"

namespace overlock::executor {

// Hands on what goes to a server's socket and back. What holds `hold me` stays with it.
class HoldingProxy {
 public:
  explicit HoldingProxy(std::string socket_path) : socket_path_(std::move(socket_path)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~HoldingProxy() {
    stop_ = true;
    thread_.join();
    for (std::thread& connection : connections_) connection.join();
    close(listener_);
  }

  std::string uri() const { return absl::StrCat("mongodb://127.0.0.1:", port_, "/"); }
  // Waits until `count` connections are held.
  void WaitUntilHolds(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_ >= count; });
  }
  // Waits until no connection is held: their clients have hung up.
  void WaitUntilLeft() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_ == 0; });
  }

 private:
  void Accept() {
    while (!stop_) {
      pollfd readable = {listener_, POLLIN, 0};
      if (poll(&readable, 1, 10) <= 0) continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      connections_.emplace_back([this, client] { Serve(client); });
    }
  }
  void Serve(int client) {
    const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    socket_path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    bool open = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    bool held = false;
    while (open && !stop_) {
      pollfd readable[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (poll(readable, 2, 10) <= 0) continue;
      open = (readable[0].revents == 0 || Pass(client, server, &held)) &&
             (readable[1].revents == 0 || Pass(server, client, nullptr));
    }
    if (held) Hold(-1);
    close(server);
    close(client);
  }
  // False when the connection has ended.
  bool Pass(int from, int to, bool* held) {
    char bytes[65536];
    const ssize_t got = read(from, bytes, sizeof(bytes));
    if (got <= 0) return false;
    if (held != nullptr && !*held && std::string_view(bytes, got).find("hold me") != std::string_view::npos) {
      *held = true;
      Hold(1);
    }
    return (held != nullptr && *held) || send(to, bytes, got, MSG_NOSIGNAL) == got;
  }
  void Hold(int change) {
    std::lock_guard lock(mutex_);
    held_ += change;
    changed_.notify_all();
  }

  const std::string socket_path_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  int held_ = 0;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

// Has a server of its own and a source that sends to what `uri` names.
class MongocSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = MongodbServer::Create();
    if (!made.ok()) {
      if (const std::string why = WhyNoMongodb(made.status()); !why.empty()) GTEST_SKIP() << why;
      FAIL();
    }
    server_ = *std::move(made);
  }

  // At most four commands and eight cursors at a time.
  std::unique_ptr<MongoClusters> MakeClusters() { return std::make_unique<MongoClusters>(loops_.Get(0), 12); }
  static std::unique_ptr<MongocSource> MakeSource(MongoClusters& clusters, const std::string& uri,
                                                  const std::string& app_id = "app-abcde") {
    return std::make_unique<MongocSource>(clusters, app_id, uri, UriOwner::kOperator, "");
  }

  // Begins a command on the loop.
  std::future<DataOutcome> Begin(MongocSource& source, const std::string& json, CallContext context = {}) {
    auto outcome = std::make_shared<std::promise<DataOutcome>>();
    std::future<DataOutcome> future = outcome->get_future();
    auto run = [](MongocSource& source, DataCommand command,
                  std::shared_ptr<std::promise<DataOutcome>> outcome) -> Task<void> {
      outcome->set_value(co_await source.Run(std::move(command)));
    };
    DataCommand command{"test", Bson(json), std::move(context)};
    Detach(loops_.Get(0), run(source, std::move(command), std::move(outcome)));
    return future;
  }
  DataOutcome Run(MongocSource& source, const std::string& json, CallContext context = {}) {
    return Begin(source, json, std::move(context)).get();
  }
  // Runs on the loop what must run there.
  void OnLoop(std::function<void()> work) {
    std::promise<void> done;
    boost::asio::post(loops_.Get(0), [&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  static CallContext Stoppable(const std::stop_source& stop) {
    CallContext context;
    context.stop = stop.get_token();
    return context;
  }
  static std::string Message(const DataOutcome& outcome) {
    const auto* error = std::get_if<DataError>(&outcome);
    return error == nullptr ? "no error" : error->message;
  }
  static std::string At(const DataOutcome& outcome, const std::string& path) {
    const auto* reply = std::get_if<DataReply>(&outcome);
    return reply == nullptr ? Message(outcome) : BsonAt(reply->reply, path);
  }

  EventLoops loops_{1};
  std::unique_ptr<MongodbServer> server_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_MONGOC_MONGOC_SOURCE_FIXTURE_H_
