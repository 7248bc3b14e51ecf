// Accepting, the connection limit, draining.
#include "services/edge/listener.h"

#include <future>
#include <list>
#include <string>
#include <thread>

#include "services/edge/edge_fixture.h"

namespace overlock::edge {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ListenerTest : public EdgeTest {
 protected:
  // The executor says that it has begun, and answers when it is told to, or when the call is stopped.
  void Hold() {
    EXPECT_CALL(executor_, Execute)
        .WillOnce(Does([this](ExecuteRequest, Body, CallContext call) -> Task<absl::StatusOr<ExecuteResponse>> {
          started_.set_value();
          while (!released_ && !call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
          if (call.stop.stop_requested()) co_return absl::CancelledError("stopped");
          co_return Responded(200, "held");
        }));
  }
  void WaitForConnections(int count) {
    while (context_->metrics.connections() != count) std::this_thread::yield();
  }

  std::promise<void> started_;
  std::atomic<bool> released_{false};
};

TEST_F(ListenerTest, ServesWithEveryLoopOnOnePort) {
  EXPECT_CALL(executor_, Execute).Times(40).WillRepeatedly(Answers(Responded(200, "ok")));
  StartEdge();
  EXPECT_EQ(listener_->address(), absl::StrCat("127.0.0.1:", listener_->port()));
  std::list<Client> clients;
  for (int i = 0; i < 40; ++i) clients.emplace_back(listener_->port());
  for (Client& client : clients) client.Send(Request("GET", "get"));
  for (Client& client : clients) EXPECT_THAT(client.ReadAnswer(), EndsWith("ok"));
}

TEST_F(ListenerTest, SaysThatAnAddressCannotBeHad) {
  StartEdge();
  std::string taken = listener_->address();
  EXPECT_THAT(Listener::Start(loops_, context_, taken), StatusIs(absl::StatusCode::kUnavailable, "LISTEN_FAILED"));
  EventLoops one(1);
  EXPECT_THAT(Listener::Start(one, context_, taken), StatusIs(absl::StatusCode::kUnavailable, "LISTEN_FAILED"));
  EXPECT_THAT(Listener::Start(one, context_, "nowhere"), StatusIs(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS"));
}

TEST_F(ListenerTest, RefusesConnectionsBeyondTheLimitAndServesAgainWhenOneIsFree) {
  options_.connections_max = 2;
  EXPECT_CALL(executor_, Execute).WillOnce(Answers(Responded(200, "ok")));
  StartEdge();
  Client first = Connect();
  {
    Client second = Connect();
    WaitForConnections(2);
    Client third = Connect();
    EXPECT_THAT(third.ReadAll(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Connection: close\r\n"),
                                       HasSubstr("X-Request-Id: "), EndsWith("\"InternalServerError\"}")));
  }
  WaitForConnections(1);
  Client fourth = Connect();
  fourth.Send(Request("GET", "get"));
  EXPECT_THAT(fourth.ReadAnswer(), EndsWith("ok"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("overlock_edge_refusals_total{cause=\"connections\"} 1"));
}

TEST_F(ListenerTest, FinishesTheRequestUnderWayWhenItDrains) {
  Hold();
  StartEdge();
  Client busy = Connect();
  Client idle = Connect();
  WaitForConnections(2);
  busy.Send(Request("GET", "get"));
  started_.get_future().wait();
  int port = listener_->port();
  std::future<void> drained =
      std::async(std::launch::async, [this] { listener_->Drain(absl::Now() + absl::Seconds(30)); });
  // New connections are refused once it drains; the request goes on until then and beyond.
  while (true) {
    boost::asio::io_context loop;
    boost::asio::ip::tcp::socket socket(loop);
    boost::system::error_code error;
    socket.connect({boost::asio::ip::address_v4::loopback(), static_cast<uint16_t>(port)}, error);
    if (error) break;
  }
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  released_ = true;
  EXPECT_THAT(busy.ReadAll(), AllOf(HasSubstr("Connection: close\r\n"), EndsWith("held")));
  EXPECT_EQ(idle.ReadAll(), "");
  drained.get();
  EXPECT_EQ(context_->metrics.connections(), 0);
}

TEST_F(ListenerTest, StopsWhatIsStillUnderWayAtTheDeadline) {
  Hold();
  StartEdge();
  Client busy = Connect();
  busy.Send(Request("GET", "get"));
  started_.get_future().wait();
  listener_->Drain(absl::Now());
  EXPECT_EQ(busy.ReadAll(), "");
  WaitForConnections(0);
}

}  // namespace
}  // namespace overlock::edge
