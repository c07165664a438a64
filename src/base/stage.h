// Progress of a stage whose length is unknown.
#pragma once

#include <sightline/progress.h>

#include <string>
#include <utility>

namespace sightline {

// Reports a stage such as "loading models/a" from its construction to its destruction, so that the
// receiver can show how long it takes. `progress` must outlive it and may be empty.
class Stage {
 public:
  Stage(const ProgressFn& progress, std::string name)
      : progress_(progress), name_(std::move(name)) {
    if (progress_) progress_({name_, 0, -1, "", ""});
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() {
    try {
      if (progress_) progress_({name_, 1, 1, "", ""});
    } catch (...) {  // a receiver that cancels throws again at its next update
    }
  }

 private:
  const ProgressFn& progress_;
  std::string name_;
};

}  // namespace sightline
