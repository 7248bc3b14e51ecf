// A worker for the tests of the supervisor: it keeps the protocol of the real one and does what the invocation's
// function is named for, so that a test decides when something ends and how. Arguments are paths: "done" exists when
// the test wants an end; "trace" gets a line for each run.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/frame.h"
#include "services/executor/channel/status_page.h"

namespace overlock::executor {
namespace {

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

void Trace(const std::string& path, const std::string& line) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::string text = line + "\n";
  if (write(fd, text.data(), text.size()) < 0) abort();
  close(fd);
}

class ScriptedWorker {
 public:
  explicit ScriptedWorker(StatusPage& page) : page_(page) {}

  int Run() {
    Say([](worker::v1::FromWorker& message) { message.mutable_ready(); });
    while (true) {
      pollfd channel{kWorkerChannelFd, POLLIN, 0};
      poll(&channel, 1, parked_.empty() ? -1 : 1);
      EndParked();
      if (channel.revents == 0) continue;
      char bytes[65536];
      ssize_t size = read(kWorkerChannelFd, bytes, sizeof(bytes));
      if (size <= 0) return 0;
      reader_.Append(std::string_view(bytes, static_cast<size_t>(size)));
      while (auto frame = reader_.Next().value()) {
        worker::v1::ToWorker message;
        message.ParseFromArray(frame->data(), static_cast<int>(frame->size()));
        if (message.has_load_app()) loaded_ = absl::StrCat(loaded_, message.load_app().app().revision(), " ");
        if (message.has_unload_app()) loaded_ = absl::StrCat(loaded_, "-", message.unload_app().app().revision(), " ");
        if (message.has_invoke()) Invoke(message.invoke());
      }
    }
  }

 private:
  struct Parked {
    uint64_t sequence;
    std::string done;
  };

  template <class Fill>
  void Say(Fill fill) {
    worker::v1::FromWorker message;
    fill(message);
    std::string frame;
    AppendFrame(message, frame);
    if (write(kWorkerChannelFd, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size())) _exit(1);
  }

  void Answer(uint64_t sequence, const std::string& value) {
    Say([&](worker::v1::FromWorker& message) {
      message.mutable_done()->set_sequence(sequence);
      message.mutable_done()->mutable_response()->mutable_returned()->set_value_ejson(value);
    });
  }

  void EndParked() {
    std::erase_if(parked_, [this](const Parked& parked) {
      if (!Exists(parked.done)) return false;
      Answer(parked.sequence, "\"parked\"");
      return true;
    });
  }

  void Invoke(const worker::v1::Invoke& invoke) {
    uint64_t sequence = invoke.sequence();
    uint8_t pending = kPending;
    if (!page_.claim(sequence).compare_exchange_strong(pending, kClaimed)) return;
    page_.begun_sequence.store(sequence);
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    page_.entered_at_ns.store(int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
    page_.running_sequence.store(sequence);
    Do(invoke);
    page_.running_sequence.store(0);
  }

  void Do(const worker::v1::Invoke& invoke) {
    const auto& request = invoke.request();
    const std::string& name = request.function();
    const auto& arguments = request.arguments_ejson();
    if (name == "pid") {
      Answer(invoke.sequence(), std::to_string(getpid()));
    } else if (name == "loaded") {
      Answer(invoke.sequence(), loaded_);
    } else if (name == "trace") {
      Trace(arguments[0], std::to_string(getpid()));
      Answer(invoke.sequence(), std::to_string(getpid()));
    } else if (name == "spin") {
      Trace(arguments[1], std::to_string(getpid()));
      while (!Exists(arguments[0])) {
      }
      Answer(invoke.sequence(), std::to_string(getpid()));
    } else if (name == "sleep") {
      Trace(arguments[1], std::to_string(getpid()));
      while (!Exists(arguments[0])) usleep(1000);
      Answer(invoke.sequence(), std::to_string(getpid()));
    } else if (name == "park") {
      Say([&](worker::v1::FromWorker& message) { message.mutable_parked()->set_sequence(invoke.sequence()); });
      parked_.push_back({invoke.sequence(), arguments[0]});
    } else if (name == "abort") {
      signal(SIGABRT, SIG_DFL);
      abort();
    } else if (name == "allocate") {
      while (true) memset(malloc(1 << 20), 1, 1 << 20);
    } else if (name == "mute") {
      page_.running_sequence.store(0);
      while (true) pause();
    } else if (name == "body_bytes") {
      Answer(invoke.sequence(), std::to_string(request.body().size()));
    }
  }

  StatusPage& page_;
  FrameReader reader_;
  std::vector<Parked> parked_;
  std::string loaded_;
};

}  // namespace
}  // namespace overlock::executor

int main() {
  using overlock::executor::StatusPage;
  void* page =
      mmap(nullptr, sizeof(StatusPage), PROT_READ | PROT_WRITE, MAP_SHARED, overlock::executor::kWorkerStatusPageFd, 0);
  if (page == MAP_FAILED) return 1;
  return overlock::executor::ScriptedWorker(*static_cast<StatusPage*>(page)).Run();
}
