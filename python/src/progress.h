// Long calls: without the GIL, with progress, and cancelled by Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>
#include <sightline/error.h>
#include <sightline/progress.h>

#include <optional>

namespace sightline::python {

// Forwards progress to a Python callable `callback(stage, done, total, note)`, or to none, and
// cancels the work if the callable raises or a signal's handler does, such as KeyboardInterrupt.
class ProgressReceiver {
 public:
  explicit ProgressReceiver(nanobind::object callback) : callback_(std::move(callback)) {}

  // Valid as long as this object; called without the GIL.
  ProgressFn function() {
    return [this](const ProgressUpdate& update) { receive(update); };
  }

  // Throws the exception that cancelled the work, if there is one.
  void rethrow() {
    if (raised_) throw nanobind::python_error(std::move(*raised_));
  }

 private:
  void receive(const ProgressUpdate& update);

  nanobind::object callback_;
  std::optional<nanobind::python_error> raised_;
};

// Returns work(progress), which runs without the GIL.
template <typename Work>
auto run_long(nanobind::object callback, Work&& work) {
  ProgressReceiver receiver(std::move(callback));
  try {
    const nanobind::gil_scoped_release released;
    return work(receiver.function());
  } catch (const Error&) {
    receiver.rethrow();
    throw;
  }
}

}  // namespace sightline::python
