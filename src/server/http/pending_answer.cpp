#include "server/http/pending_answer.h"

#include <microhttpd.h>

#include <utility>

namespace sightline::server {

PendingAnswer::Outcome PendingAnswer::take(HttpResponse& response) {
  const std::lock_guard lock(mutex_);
  if (gone_) return Outcome::gone;
  if (response_) {
    response = std::move(*response_);
    response_.reset();
    return Outcome::answered;
  }
  if (!suspended_) MHD_suspend_connection(connection_);
  suspended_ = true;
  return Outcome::waiting;
}

void PendingAnswer::deliver(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  if (gone_ || delivered_) return;
  delivered_ = true;
  response_ = std::move(response);
  resume();
}

void PendingAnswer::abandon() {
  const std::lock_guard lock(mutex_);
  gone_ = true;
  resume();
}

bool PendingAnswer::abandoned() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

// A suspended connection exists until it is resumed. Resuming with the lock held keeps the server
// from ending before MHD_resume_connection returns, because its end calls abandon().
void PendingAnswer::resume() {
  if (suspended_) MHD_resume_connection(connection_);
  suspended_ = false;
}

}  // namespace sightline::server
