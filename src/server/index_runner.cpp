#include "server/index_runner.h"

#include <sightline/error.h>

#include <exception>
#include <utility>

namespace sightline::server {

IndexRunner::IndexRunner(ServedLibrary& library, std::function<void(const std::string&)> log)
    : library_(library), log_(std::move(log)) {}

IndexRunner::~IndexRunner() {
  stop();
}

void IndexRunner::start(bool watch) {
  const std::lock_guard control(control_);
  {
    const std::lock_guard lock(mutex_);
    if (state_.running)
      throw Error(ErrorCode::invalid_argument, "the library is being indexed already");
  }
  if (thread_.joinable()) thread_.join();
  LibraryWriterOptions options;
  options.purpose = "sightline serve";
  LibraryWriter writer(library_.library().path(), options);
  cancelled_ = false;
  {
    const std::lock_guard lock(mutex_);
    state_.running = true;
    state_.watching = watch;
    state_.problem.clear();
    state_.progress = IndexProgress{};
    started_ = std::chrono::steady_clock::now();
  }
  thread_ = std::thread(
      [this, watch, writer = std::move(writer)]() mutable { run(std::move(writer), watch); });
}

void IndexRunner::cancel() {
  const std::lock_guard lock(mutex_);
  if (state_.watching) {
    throw Error(ErrorCode::invalid_argument,
                "this server follows the library's folders (--watch) until it ends; only updates "
                "that were started by a request can be cancelled");
  }
  cancelled_ = true;
}

void IndexRunner::stop() {
  cancelled_ = true;
  const std::lock_guard control(control_);
  if (thread_.joinable()) thread_.join();
}

IndexState IndexRunner::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void IndexRunner::set_progress(const ProgressUpdate& update) {
  if (cancelled_) throw Error(ErrorCode::cancelled, "indexing was cancelled");
  const std::lock_guard lock(mutex_);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started_;
  state_.progress = IndexProgress{update.stage, update.done, update.total, passed.count()};
}

void IndexRunner::index(LibraryWriter& writer, bool watch) {
  IndexOptions options;
  options.progress = [this](const ProgressUpdate& update) { set_progress(update); };
  const auto active = writer.active_model();
  if (!active) throw Error(ErrorCode::invalid_argument, "the library has no model yet");
  const Model model = library_.load_for_indexing(*active);
  if (!watch) {
    IndexSummary summary = writer.update(model, active->spec, options);
    const std::lock_guard lock(mutex_);
    state_.last = std::move(summary);
    return;
  }
  writer.watch(model, active->spec, options, cancelled_, [this](const IndexSummary& summary) {
    const std::lock_guard lock(mutex_);
    state_.last = summary;
  });
}

void IndexRunner::run(LibraryWriter writer, bool watch) {
  std::string problem;
  try {
    LibraryWriter own = std::move(writer);  // gives up the lock before the state says so
    index(own, watch);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) problem = error.what();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (!problem.empty()) log_("indexing failed: " + problem);
  const std::lock_guard lock(mutex_);
  state_.running = state_.watching = false;
  state_.progress.reset();
  state_.problem = std::move(problem);
}

}  // namespace sightline::server
