#include "common/http_client/http_client.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <deque>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/async/suspend.h"
#include "common/http_client/curl_loop.h"
#include "common/http_client/request_span.h"
#include "common/http_client/transfer.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

using Answer = absl::StatusOr<ClientResponse>;

constexpr absl::Duration kTimeMax = absl::Hours(1);
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

absl::StatusOr<std::string> ReadAuthorities(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (pem.find("-----BEGIN") == std::string::npos) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_CA_FILE",
                 absl::StrCat(path, ": not a PEM file of certificates"));
  }
  std::ifstream system(kSystemAuthorities, std::ios::binary);
  pem.append("\n").append(std::istreambuf_iterator<char>(system), std::istreambuf_iterator<char>());
  return pem;
}

absl::Status Cancelled() {
  return Error(absl::StatusCode::kCancelled, "CANCELLED", "nobody waits for the answer any more");
}

absl::Status TimedOut() { return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", "timed out"); }

// From Send() to its answer.
struct Job {
  Job(ClientRequest request, const HttpClientOptions& options, const std::string& authorities,
      const boost::asio::any_io_executor& executor)
      : transfer(std::move(request), options, authorities), timer(executor) {}
  Transfer transfer;
  absl::Time deadline;
  boost::asio::steady_timer timer;
  std::function<void(Answer)> resume;
  bool begun = false;

  void Finish(Answer answer) {
    timer.cancel();
    if (resume) std::exchange(resume, nullptr)(std::move(answer));
  }
};

}  // namespace

// On the loop.
struct HttpClient::State : std::enable_shared_from_this<State> {
  State(boost::asio::any_io_executor executor, HttpClientOptions options, std::string authorities)
      : executor(executor),
        options(std::move(options)),
        authorities(std::move(authorities)),
        curl(CurlLoop::Make(executor, this->options.connections_max)) {}

  struct Group {
    int under_way = 0;
    std::deque<std::shared_ptr<Job>> waiting;
  };

  void Begin(const std::shared_ptr<Job>& job);
  void StartTimer(const std::shared_ptr<Job>& job);
  // Answers with `why` if there is no answer yet.
  void Interrupt(const std::shared_ptr<Job>& job, absl::Status why);
  void End(const std::shared_ptr<Job>& job, Answer answer);
  // Begins what waits in the group, as far as there is room.
  void Advance(const std::string& name);
  void Stop();

  const boost::asio::any_io_executor executor;
  const HttpClientOptions options;
  const std::string authorities;
  const std::shared_ptr<CurlLoop> curl;
  absl::flat_hash_map<std::string, Group> groups;
  absl::flat_hash_map<Job*, std::shared_ptr<Job>> under_way;
  bool stopped = false;
};

void HttpClient::State::Begin(const std::shared_ptr<Job>& job) {
  if (stopped) return job->Finish(Cancelled());
  if (!job->resume) return;
  if (job->deadline <= absl::Now()) return job->Finish(TimedOut());
  StartTimer(job);
  groups[job->transfer.group()].waiting.push_back(job);
  Advance(job->transfer.group());
}

void HttpClient::State::StartTimer(const std::shared_ptr<Job>& job) {
  job->timer.expires_after(absl::ToChronoNanoseconds(std::min(job->deadline - absl::Now(), kTimeMax)));
  job->timer.async_wait([weak = weak_from_this(), weak_job = std::weak_ptr(job)](boost::system::error_code error) {
    auto self = weak.lock();
    auto job = weak_job.lock();
    if (!error && self != nullptr && job != nullptr) self->Interrupt(job, TimedOut());
  });
}

void HttpClient::State::Advance(const std::string& name) {
  auto it = groups.find(name);
  if (it == groups.end()) return;
  Group& group = it->second;
  while (!group.waiting.empty() && group.under_way < options.group_requests_max) {
    std::shared_ptr<Job> job = std::move(group.waiting.front());
    group.waiting.pop_front();
    ++group.under_way;
    job->begun = true;
    under_way.emplace(job.get(), job);
    curl->Add(job->transfer.easy(), [this, raw = job.get()](CURLcode code) {
      std::shared_ptr<Job> job = under_way.at(raw);
      End(job, job->transfer.Take(code));
    });
  }
  if (group.waiting.empty() && group.under_way == 0) groups.erase(it);
}

void HttpClient::State::End(const std::shared_ptr<Job>& job, Answer answer) {
  under_way.erase(job.get());
  job->Finish(std::move(answer));
  const std::string group = job->transfer.group();
  if (auto it = groups.find(group); it != groups.end()) --it->second.under_way;
  Advance(group);
}

void HttpClient::State::Interrupt(const std::shared_ptr<Job>& job, absl::Status why) {
  if (!job->resume) return;
  if (!job->begun) {
    job->Finish(std::move(why));
    if (auto it = groups.find(job->transfer.group()); it != groups.end()) {
      std::erase(it->second.waiting, job);
      Advance(job->transfer.group());
    }
  } else if (job->transfer.connects()) {
    curl->Remove(job->transfer.easy());
    End(job, std::move(why));
  } else {
    // A thread may be resolving the name, and cannot be stopped: the request keeps its place in the group until the
    // thread is done or the connect timeout is over, or short calls to slow names would make ever more threads.
    job->transfer.Abandon();
    job->Finish(std::move(why));
  }
}

void HttpClient::State::Stop() {
  stopped = true;
  curl->Stop();
  for (auto& [raw, job] : std::exchange(under_way, {})) job->Finish(Cancelled());
  for (auto& [name, group] : std::exchange(groups, {})) {
    for (const std::shared_ptr<Job>& job : group.waiting) job->Finish(Cancelled());
  }
}

HttpClient::HttpClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

HttpClient::~HttpClient() { state_->Stop(); }

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Make(boost::asio::any_io_executor executor,
                                                             HttpClientOptions options) {
  std::string authorities;
  if (!options.ca_file.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(authorities, ReadAuthorities(options.ca_file));
  }
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::make_shared<State>(std::move(executor), std::move(options), std::move(authorities))));
}

Task<Answer> HttpClient::Send(ClientRequest request, CallContext call) {
  std::shared_ptr<State> state = state_;
  OVERLOCK_CO_RETURN_IF_ERROR(CheckRequest(request));
  Span span = BeginRequestSpan(request, call.trace);
  if (state->options.send_trace) AddTraceHeaders(call.trace, call.tracestate, request);
  auto job = std::make_shared<Job>(std::move(request), state->options, state->authorities, state->executor);
  job->deadline = call.deadline;
  std::optional<std::stop_callback<std::function<void()>>> stop;
  auto begin = [&stop, state, job, token = call.stop](auto resume) {
    auto shared = std::make_shared<decltype(resume)>(std::move(resume));
    job->resume = [shared](Answer answer) { (*shared)(std::move(answer)); };
    boost::asio::post(state->executor, [state, job] { state->Begin(job); });
    if (!token.stop_possible()) return;
    stop.emplace(token, [state, job] {
      boost::asio::post(state->executor, [state, job] { state->Interrupt(job, Cancelled()); });
    });
  };
  Answer answer = co_await Suspend<Answer>(std::move(begin));
  EndRequestSpan(span, answer);
  co_return answer;
}

}  // namespace overlock::http
