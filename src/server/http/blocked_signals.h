// Keeps signals from being delivered to threads.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace sightline::server {

// Blocks all signals in the current thread while it exists. Threads started in the meantime inherit
// that, so that the program's own threads receive its signals.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace sightline::server
