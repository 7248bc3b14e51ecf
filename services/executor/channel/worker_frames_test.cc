#include "services/executor/channel/worker_frames.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "overlock/worker/v1/channel.pb.h"

namespace overlock::executor {
namespace {

class WorkerFramesTest : public testing::Test {
 protected:
  // `bytes` make the message larger.
  void Say(uint64_t sequence, size_t bytes = 0) {
    worker::v1::FromWorker message;
    message.mutable_done()->set_sequence(sequence);
    message.mutable_done()->mutable_response()->mutable_returned()->set_value_ejson(std::string(bytes, 'x'));
    outgoing_.Add(message);
  }

  void Flush() {
    channel_ += outgoing_.ForChannel();
    outgoing_.ChannelWritten();
  }

  // What the channel carries arrives.
  void Arrive() {
    incoming_.Append(channel_);
    channel_.clear();
  }

  std::vector<uint64_t> Heard() {
    EXPECT_TRUE(incoming_.TakeRing().ok());
    std::vector<uint64_t> sequences;
    while (true) {
      auto frame = incoming_.Next();
      EXPECT_TRUE(frame.ok()) << frame.status();
      if (!frame.ok() || !frame->has_value()) return sequences;
      worker::v1::FromWorker message;
      EXPECT_TRUE(message.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size())));
      sequences.push_back(message.done().sequence());
    }
  }

  std::unique_ptr<MessageRing> ring_ = std::make_unique<MessageRing>();
  OutgoingFrames outgoing_{*ring_};
  IncomingFrames incoming_{*ring_};
  std::string channel_;
};

using Sequences = std::vector<uint64_t>;

TEST_F(WorkerFramesTest, SmallMessagesAreThereBeforeAnythingIsWritten) {
  Say(1);
  Say(2);
  EXPECT_TRUE(incoming_.ring_has_some());
  EXPECT_EQ(Heard(), (Sequences{1, 2}));
  EXPECT_FALSE(incoming_.ring_has_some());
}

TEST_F(WorkerFramesTest, ABatchIsToldOnceWithAnEmptyFrame) {
  Say(1);
  Say(2);
  EXPECT_TRUE(outgoing_.pending());
  Flush();
  EXPECT_EQ(channel_.size(), kFrameHeaderBytes);
  EXPECT_FALSE(outgoing_.pending());
  Arrive();
  EXPECT_EQ(Heard(), (Sequences{1, 2}));
}

TEST_F(WorkerFramesTest, LargeMessagesComeByTheChannelInOrder) {
  Say(1);
  Say(2, kRingBytes);
  Say(3);
  Flush();
  Say(4);
  EXPECT_EQ(Heard(), (Sequences{1}));
  Arrive();
  EXPECT_EQ(Heard(), (Sequences{2, 3, 4}));
}

// The supervisor looks at the ring by itself before it reads what it was told earlier.
TEST_F(WorkerFramesTest, WhatWasToldEarlierDoesNotChangeTheOrder) {
  Say(1);
  Flush();
  Say(2, kRingBytes);
  Flush();
  Say(3);
  EXPECT_EQ(Heard(), (Sequences{1}));
  Arrive();
  EXPECT_EQ(Heard(), (Sequences{2, 3}));
}

TEST_F(WorkerFramesTest, AFullRingGoesOverToTheChannelAndBack) {
  Sequences all;
  for (uint64_t sequence = 1; sequence <= 1000; ++sequence) {
    Say(sequence, 1000);
    all.push_back(sequence);
    if (sequence % 10 == 0) Flush();
  }
  Flush();
  EXPECT_GT(channel_.size(), 900u * 1000u);
  Arrive();
  EXPECT_EQ(Heard(), all);
  Say(1001);
  Flush();
  Say(1002);
  EXPECT_TRUE(Heard().empty()) << "the worker does not know yet that the ring has room";
  Arrive();
  EXPECT_EQ(Heard(), (Sequences{1001, 1002}));
  Say(1003);
  EXPECT_EQ(Heard(), (Sequences{1003})) << "by the ring again";
}

TEST_F(WorkerFramesTest, TheRingGoesRoundManyTimes) {
  for (uint64_t sequence = 1; sequence <= 5000; ++sequence) {
    Say(sequence, sequence % 301);
    EXPECT_EQ(Heard(), (Sequences{sequence}));
  }
  EXPECT_TRUE(outgoing_.pending());
  Flush();
  EXPECT_EQ(channel_.size(), kFrameHeaderBytes) << "nothing had to go by the channel";
}

TEST_F(WorkerFramesTest, AWorkerThatKnowsNoRingIsUnderstood) {
  worker::v1::FromWorker message;
  message.mutable_done()->set_sequence(7);
  AppendFrame(message, channel_);
  Arrive();
  EXPECT_EQ(Heard(), (Sequences{7}));
}

// A worker that never stops to say something must not keep its supervisor from everything else.
TEST_F(WorkerFramesTest, WhatIsPutMeanwhileIsForTheNextTurn) {
  Say(1);
  Say(2);
  EXPECT_TRUE(incoming_.TakeRing().ok());
  int heard = 0;
  while (incoming_.Next()->has_value()) {
    Say(3);
    ASSERT_LE(++heard, 2);
  }
  EXPECT_EQ(heard, 2);
  EXPECT_EQ(Heard(), (Sequences{3, 3}));
}

TEST_F(WorkerFramesTest, CountersThatCannotBeTrueAreRefused) {
  ring_->put = kRingBytes + 1;
  EXPECT_EQ(incoming_.TakeRing().code(), absl::StatusCode::kDataLoss);
}

TEST_F(WorkerFramesTest, AFrameInTheRingThatIsTooLargeIsRefused) {
  std::string bytes(kFrameHeaderBytes, '\xff');
  PutInto(*ring_, bytes);
  EXPECT_TRUE(incoming_.TakeRing().ok());
  EXPECT_EQ(incoming_.Next().status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(WorkerFramesTest, TwoThreadsLoseNothing) {
  constexpr uint64_t kMessages = 20'000;
  std::thread worker([this] {
    for (uint64_t sequence = 1; sequence <= kMessages; ++sequence) {
      while (RoomIn(*ring_) < kRingBytes / 2) std::this_thread::yield();
      Say(sequence, sequence % 97);
    }
  });
  uint64_t expected = 1;
  while (expected <= kMessages) {
    for (uint64_t sequence : Heard()) {
      ASSERT_EQ(sequence, expected);
      ++expected;
    }
    std::this_thread::yield();
  }
  worker.join();
}

}  // namespace
}  // namespace overlock::executor
