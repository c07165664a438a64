// The queue of jobs of clients: bounded as ServerOptions say.
#pragma once

#include <sightline/error.h>
#include <sightline/server.h>

#include <chrono>
#include <exception>

#include "server/batcher.h"

namespace sightline::server {

inline BatchClock::duration batch_duration(double seconds) {
  return std::chrono::duration_cast<BatchClock::duration>(std::chrono::duration<double>(seconds));
}

// Options without `run`. One worker, because a job uses all cores; a job that waits too long is
// done with an Error (cancelled). Job::done takes the answer and an exception.
template <typename Job>
BatcherOptions<Job> client_queue(const ServerOptions& options) {
  BatcherOptions<Job> out;
  out.capacity = static_cast<size_t>(options.queue_length);
  out.max_batch = static_cast<size_t>(options.max_batch);
  out.max_wait = batch_duration(options.queue_seconds);
  out.expired = [](Job job) {
    job.done({}, std::make_exception_ptr(
                     Error(ErrorCode::cancelled, "the server is busy; try again soon")));
  };
  return out;
}

}  // namespace sightline::server
