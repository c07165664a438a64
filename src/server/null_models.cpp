#include "server/null_models.h"

#include <sightline/error.h>

#include <exception>
#include <utility>

#include "library/null_model_stage.h"

namespace sightline::server {
namespace {

constexpr size_t kMostModels = 16, kMostTasks = 4;
constexpr auto kBetweenChecks = std::chrono::seconds(10);

}  // namespace

NullModels::NullModels(const Library& library, const std::optional<std::filesystem::path>& cache)
    : library_(library), cache_(cache), thread_([this] { work(); }) {}

NullModels::~NullModels() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::shared_ptr<const NullModel> NullModels::find(
    const std::shared_ptr<const Collection>& collection, const std::shared_ptr<const Model>& model,
    const std::vector<std::string>& templates) {
  const Key key{model->info().fingerprint, templates};
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key];
  const auto now = Clock::now();
  entry.used = now;
  const bool due =
      !entry.model || (entry.of.lock() != collection && now - entry.checked >= kBetweenChecks);
  const bool failed_now = entry.of.lock() == collection && !entry.model;
  if (due && !entry.waiting && !(failed_now && now - entry.checked < kBetweenChecks))
    entry.waiting = add_task({key, collection, model});
  std::shared_ptr<const NullModel> found = entry.model;
  forget_oldest();
  return found;
}

// Clients name the templates, so that the model without templates is not kept waiting by others,
// and further ones are refused while many wait.
bool NullModels::add_task(Task task) {
  if (task.key.templates.empty()) {
    tasks_.push_front(std::move(task));
  } else if (tasks_.size() < kMostTasks) {
    tasks_.push_back(std::move(task));
  } else {
    return false;
  }
  changed_.notify_all();
  return true;
}

void NullModels::forget_oldest() {
  if (entries_.size() <= kMostModels) return;
  auto oldest = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->second.waiting || at->first.templates.empty()) continue;
    if (oldest == entries_.end() || at->second.used < oldest->second.used) oldest = at;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

void NullModels::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    std::shared_ptr<const NullModel> made;
    try {
      made = std::make_shared<const NullModel>(library::cached_null_model(
          library_, *task.collection, *task.model, task.key.templates, cache_,
          [this](const ProgressUpdate&) {
            if (stopping_) throw Error(ErrorCode::cancelled, "the server is being stopped");
          }));
    } catch (const std::exception&) {  // such as an invalid template, which the search reports
    }
    lock.lock();
    Entry& entry = entries_[task.key];
    if (made) entry.model = std::move(made);
    entry.of = task.collection;
    entry.checked = Clock::now();
    entry.waiting = false;
  }
}

}  // namespace sightline::server
