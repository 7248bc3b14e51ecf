#include "services/executor/supervisor/spawner.h"

#include <pthread.h>

#include <utility>

namespace overlock::executor {

Spawner::Spawner(std::string binary) : binary_(std::move(binary)), thread_([this] { Work(); }) {}

Spawner::~Spawner() {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Spawner::Start(Done done) {
  {
    std::lock_guard lock(mutex_);
    wanted_.push_back(std::move(done));
  }
  changed_.notify_one();
}

void Spawner::Work() {
  pthread_setname_np(pthread_self(), "spawner");
  while (true) {
    Done done;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return over_ || !wanted_.empty(); });
      if (over_) return;
      done = std::move(wanted_.front());
      wanted_.pop_front();
    }
    done(SpawnWorker(binary_));
  }
}

}  // namespace overlock::executor
