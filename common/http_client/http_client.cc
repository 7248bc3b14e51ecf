#include "common/http_client/http_client.h"

#include <boost/asio/post.hpp>

#include <deque>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/async/suspend.h"
#include "common/http_client/curl_loop.h"
#include "common/http_client/transfer.h"
#include "common/status/status.h"

namespace overlock::http {
namespace {

using Answer = absl::StatusOr<ClientResponse>;

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

// From Send() to its answer.
struct Job {
  Job(ClientRequest request, const HttpClientOptions& options, const std::string& authorities)
      : transfer(std::move(request), options, authorities) {}
  Transfer transfer;
  absl::Time deadline;
  std::function<void(Answer)> resume;
  bool begun = false;

  void Finish(Answer answer) {
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
  void Cancel(const std::shared_ptr<Job>& job);
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
  groups[job->transfer.group()].waiting.push_back(job);
  Advance(job->transfer.group());
}

void HttpClient::State::Advance(const std::string& name) {
  auto it = groups.find(name);
  if (it == groups.end()) return;
  Group& group = it->second;
  while (!group.waiting.empty() && group.under_way < options.group_requests_max) {
    std::shared_ptr<Job> job = std::move(group.waiting.front());
    group.waiting.pop_front();
    absl::Duration left = job->deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      job->Finish(Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", "timed out before it was sent"));
      continue;
    }
    ++group.under_way;
    job->begun = true;
    job->transfer.SetTimeout(std::min(left, absl::Hours(1)));
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

void HttpClient::State::Cancel(const std::shared_ptr<Job>& job) {
  if (!job->resume) return;
  if (job->begun) {
    curl->Remove(job->transfer.easy());
    return End(job, Cancelled());
  }
  job->Finish(Cancelled());
  if (auto it = groups.find(job->transfer.group()); it != groups.end()) {
    std::erase(it->second.waiting, job);
    Advance(job->transfer.group());
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
  auto job = std::make_shared<Job>(std::move(request), state->options, state->authorities);
  job->deadline = call.deadline;
  std::optional<std::stop_callback<std::function<void()>>> stop;
  auto begin = [&stop, state, job, token = call.stop](auto resume) {
    auto shared = std::make_shared<decltype(resume)>(std::move(resume));
    job->resume = [shared](Answer answer) { (*shared)(std::move(answer)); };
    boost::asio::post(state->executor, [state, job] { state->Begin(job); });
    if (!token.stop_possible()) return;
    stop.emplace(token, [state, job] { boost::asio::post(state->executor, [state, job] { state->Cancel(job); }); });
  };
  co_return co_await Suspend<Answer>(std::move(begin));
}

}  // namespace overlock::http
