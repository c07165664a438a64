// Answers that depend on the state of the library alone.
#pragma once

#include <sightline/search.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace sightline::server {

// Keeps answers for one collection, the last one that was asked for. Thread-safe.
class AnswerCache {
 public:
  // Returns the kept answer of this name, or what `make` returns, which may be called by several
  // threads at once.
  std::string find(const std::shared_ptr<const Collection>& collection, const std::string& name,
                   const std::function<std::string()>& make);

 private:
  std::mutex mutex_;
  std::weak_ptr<const Collection> collection_;
  std::map<std::string, std::string> answers_;
};

}  // namespace sightline::server
