#include "services/executor/supervisor/scripted_worker.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
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
  ScriptedWorker(int channel_fd, StatusPage& page, bool in_thread)
      : channel_fd_(channel_fd), page_(page), in_thread_(in_thread) {
    fcntl(channel_fd_, F_SETFL, fcntl(channel_fd_, F_GETFL) & ~O_NONBLOCK);
  }
  ~ScriptedWorker() { close(channel_fd_); }

  int Run() {
    Say([](worker::v1::FromWorker& message) { message.mutable_ready(); });
    while (!page_.stop) {
      pollfd channel{channel_fd_, POLLIN, 0};
      poll(&channel, 1, parked_.empty() ? -1 : 1);
      EndParked();
      if (channel.revents == 0) continue;
      char bytes[65536];
      ssize_t size = read(channel_fd_, bytes, sizeof(bytes));
      if (size <= 0) return 0;
      reader_.Append(std::string_view(bytes, static_cast<size_t>(size)));
      while (auto frame = reader_.Next().value()) {
        worker::v1::ToWorker message;
        message.ParseFromArray(frame->data(), static_cast<int>(frame->size()));
        if (message.has_load_app()) loaded_ = absl::StrCat(loaded_, message.load_app().app().revision(), " ");
        if (message.has_unload_app()) loaded_ = absl::StrCat(loaded_, "-", message.unload_app().app().revision(), " ");
        if (message.has_invoke() && !page_.stop) Invoke(message.invoke());
        if (message.invoke().has_shared_body()) ReleaseOldest(page_.bodies);
        if (message.has_service_result()) TakeResult(message.service_result());
        if (message.has_cancel() && calling_.erase(message.cancel().sequence()) > 0) {
          Answer(message.cancel().sequence(), "\"cancelled\"");
        }
      }
    }
    return 0;
  }

 private:
  struct Parked {
    uint64_t sequence;
    std::string done;
  };
  // An invocation that has called services.
  struct Calling {
    int open = 0;
    std::string results;
  };

  template <class Fill>
  void Say(Fill fill) {
    worker::v1::FromWorker message;
    fill(message);
    std::string frame;
    AppendFrame(message, frame);
    // A thread's supervisor may have gone.
    if (send(channel_fd_, frame.data(), frame.size(), MSG_NOSIGNAL) < 0 && !in_thread_) _exit(1);
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

  // Each argument is a ServiceCall as JSON.
  void CallServices(const worker::v1::Invoke& invoke) {
    Say([&](worker::v1::FromWorker& message) { message.mutable_parked()->set_sequence(invoke.sequence()); });
    for (const std::string& argument : invoke.request().arguments_ejson()) {
      Say([&](worker::v1::FromWorker& message) {
        if (!google::protobuf::util::JsonStringToMessage(argument, message.mutable_service_call()).ok()) abort();
        message.mutable_service_call()->set_sequence(invoke.sequence());
      });
      ++calling_[invoke.sequence()].open;
    }
  }

  // Calls on behalf of invocations that it does not have.
  void ForgeCalls(uint64_t sequence) {
    for (uint64_t other : {sequence + 1, sequence - 1, sequence + 1'000'000, uint64_t{0}}) {
      Say([&](worker::v1::FromWorker& message) {
        message.mutable_service_call()->set_sequence(other);
        message.mutable_service_call()->set_action("echo");
        message.mutable_service_call()->set_argument_ejson("{}");
      });
    }
  }

  // Answers, cut, when all results are there.
  void TakeResult(const worker::v1::ServiceResult& result) {
    auto it = calling_.find(result.sequence());
    if (it == calling_.end()) return;
    it->second.results += result.ShortDebugString().substr(0, 4000) + "\n";
    if (--it->second.open > 0) return;
    Answer(result.sequence(), it->second.results);
    calling_.erase(it);
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
    if (invoke.has_compile()) return Compile(invoke);
    const std::string& name = request.function();
    const auto& arguments = request.arguments_ejson();
    if (name == "pid") {
      Answer(invoke.sequence(), std::to_string(gettid()));
    } else if (name == "loaded") {
      Answer(invoke.sequence(), loaded_);
    } else if (name == "trace") {
      Trace(arguments[0], std::to_string(gettid()));
      Answer(invoke.sequence(), std::to_string(gettid()));
    } else if (name == "spin") {
      Trace(arguments[1], std::to_string(gettid()));
      while (!page_.stop && !Exists(arguments[0])) {
      }
      if (!page_.stop) Answer(invoke.sequence(), std::to_string(gettid()));
    } else if (name == "sleep") {
      Trace(arguments[1], std::to_string(gettid()));
      while (!page_.stop && !Exists(arguments[0])) usleep(1000);
      if (!page_.stop) Answer(invoke.sequence(), std::to_string(gettid()));
    } else if (name == "deaf") {
      Trace(arguments[1], std::to_string(gettid()));
      while (!Exists(arguments[0])) usleep(1000);
    } else if (name == "park") {
      Say([&](worker::v1::FromWorker& message) { message.mutable_parked()->set_sequence(invoke.sequence()); });
      parked_.push_back({invoke.sequence(), arguments[0]});
      if (arguments.size() > 1) Trace(arguments[1], std::to_string(gettid()));
    } else if (name == "abort" && in_thread_) {
      page_.crashed = true;
      while (!page_.stop) usleep(1000);
    } else if (name == "abort") {
      signal(SIGABRT, SIG_DFL);
      abort();
    } else if (name == "allocate") {
      while (true) memset(malloc(1 << 20), 1, 1 << 20);
    } else if (name == "mute") {
      page_.running_sequence.store(0);
      while (!page_.stop) usleep(1000);
    } else if (name == "call") {
      CallServices(invoke);
    } else if (name == "forge") {
      ForgeCalls(invoke.sequence());
      CallServices(invoke);
    } else if (name == "heaps") {
      // As if a new application had been loaded, with two functions.
      page_.isolates.fetch_add(1);
      page_.heap_bytes.fetch_add(1000);
      page_.isolates_made.fetch_add(1);
      page_.contexts_made.fetch_add(2);
      Answer(invoke.sequence(), "0");
    } else if (name == "body_bytes") {
      Answer(invoke.sequence(), std::to_string(request.body().size() + invoke.shared_body().bytes()));
    }
  }

  // A source that begins with `bad` does not compile. Others are names of functions, which have their argument after a
  // blank.
  void Compile(const worker::v1::Invoke& invoke) {
    worker::v1::FromWorker message;
    worker::v1::Done& done = *message.mutable_done();
    done.set_sequence(invoke.sequence());
    done.mutable_response()->mutable_returned();
    for (int i = 0; i < invoke.compile().sources_size(); ++i) {
      const std::string& source = invoke.compile().sources(i).source();
      const std::string argument = source.substr(source.find(' ') + 1);
      if (source.starts_with("bad")) {
        auto& problem = *done.mutable_compiled()->add_problems();
        problem.set_source_index(i);
        problem.set_line(1);
        problem.set_message("SyntaxError: " + source);
      } else if (source.starts_with("trace ")) {
        Trace(argument, absl::StrCat(invoke.compile().sources_size()));
      } else if (source.starts_with("pid ")) {
        Trace(argument, std::to_string(gettid()));
      } else if (source.starts_with("once ") && !Exists(argument)) {
        // Ended as from outside, the first time.
        Trace(argument, "");
        kill(getpid(), SIGKILL);
      } else if (source == "abort" && in_thread_) {
        page_.crashed = true;
        while (!page_.stop) usleep(1000);
        return;
      } else if (source == "abort") {
        signal(SIGABRT, SIG_DFL);
        abort();
      } else if (source == "spin") {
        while (!page_.stop) {
        }
        return;
      } else if (source == "forge") {
        done.mutable_compiled()->add_problems()->set_source_index(i + 1);
      }
    }
    Say([&](worker::v1::FromWorker& said) { said = message; });
  }

  const int channel_fd_;
  StatusPage& page_;
  const bool in_thread_;
  FrameReader reader_;
  std::vector<Parked> parked_;
  std::map<uint64_t, Calling> calling_;
  std::string loaded_;
};

}  // namespace

int RunScriptedWorker(int channel_fd, StatusPage* page, bool in_thread) {
  return ScriptedWorker(channel_fd, *page, in_thread).Run();
}

}  // namespace overlock::executor
