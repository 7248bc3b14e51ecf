#include "services/executor/channel/frame.h"

#include <string>
#include <vector>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "overlock/worker/v1/channel.pb.h"

namespace overlock::executor {
namespace {

worker::v1::ToWorker CancelOf(uint64_t sequence) {
  worker::v1::ToWorker message;
  message.mutable_cancel()->set_sequence(sequence);
  return message;
}

std::vector<uint64_t> ReadSequences(FrameReader& reader) {
  std::vector<uint64_t> sequences;
  while (true) {
    absl::StatusOr<std::optional<std::string_view>> frame = reader.Next();
    EXPECT_TRUE(frame.ok()) << frame.status();
    if (!frame.ok() || !frame->has_value()) return sequences;
    worker::v1::ToWorker message;
    EXPECT_TRUE(message.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size())));
    sequences.push_back(message.cancel().sequence());
  }
}

TEST(FrameTest, GivesBackTheMessagesInTheirOrder) {
  std::string stream;
  for (uint64_t sequence : {1, 2, 300}) AppendFrame(CancelOf(sequence), stream);
  FrameReader reader;
  reader.Append(stream);
  EXPECT_THAT(ReadSequences(reader), testing::ElementsAre(1, 2, 300));
}

TEST(FrameTest, WaitsForTheRestWhereverTheStreamWasCut) {
  std::string stream;
  for (uint64_t sequence : {7, 8}) AppendFrame(CancelOf(sequence), stream);
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader;
    reader.Append(stream.substr(0, cut));
    std::vector<uint64_t> sequences = ReadSequences(reader);
    reader.Append(stream.substr(cut));
    for (uint64_t sequence : ReadSequences(reader)) sequences.push_back(sequence);
    EXPECT_THAT(sequences, testing::ElementsAre(7, 8)) << "cut at " << cut;
  }
}

TEST(FrameTest, CarriesAnEmptyMessage) {
  std::string stream;
  AppendFrame(worker::v1::ToWorker(), stream);
  FrameReader reader;
  reader.Append(stream);
  absl::StatusOr<std::optional<std::string_view>> frame = reader.Next();
  ASSERT_TRUE(frame.ok());
  ASSERT_TRUE(frame->has_value());
  EXPECT_EQ(**frame, "");
}

TEST(FrameTest, RefusesAFrameBeyondTheLimitBeforeItArrives) {
  FrameReader at_limit;
  at_limit.Append(std::string("\x00\x00\x80\x02", 4));  // 40 MiB
  ASSERT_TRUE(at_limit.Next().ok());
  FrameReader beyond;
  beyond.Append(std::string("\x01\x00\x80\x02", 4));
  absl::StatusOr<std::optional<std::string_view>> frame = beyond.Next();
  EXPECT_EQ(ReasonOf(frame.status()), "FRAME_TOO_LARGE");
}

}  // namespace
}  // namespace overlock::executor
