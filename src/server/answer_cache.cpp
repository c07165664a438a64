#include "server/answer_cache.h"

namespace sightline::server {
namespace {

constexpr size_t kMostAnswers = 16;  // names may contain numbers of clients

}  // namespace

std::string AnswerCache::find(const std::shared_ptr<const Collection>& collection,
                              const std::string& name, const std::function<std::string()>& make) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = answers_.find(name);
    if (collection_.lock() == collection && known != answers_.end()) return known->second;
  }
  std::string answer = make();
  const std::lock_guard lock(mutex_);
  if (collection_.lock() != collection || answers_.size() >= kMostAnswers) {
    collection_ = collection;
    answers_.clear();
  }
  answers_[name] = answer;
  return answer;
}

}  // namespace sightline::server
