// Progress of stages whose length is unknown.
#pragma once

#include <sightline/error.h>
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

// Reports the stages of a longer step as one stage of this name, whose note is the stage.
inline ProgressFn in_one_stage(const ProgressFn& progress, const std::string& name) {
  if (!progress) return {};
  return [progress, name](const ProgressUpdate& part) {
    std::string note = part.stage;
    if (part.total > 0) note += message(", ", part.done, " of ", part.total);
    progress({name, 0, -1, note, ""});
  };
}

}  // namespace sightline
