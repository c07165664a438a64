#include "progress.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace sightline::python {

void ProgressReceiver::receive(const ProgressUpdate& update) {
  const nb::gil_scoped_acquire acquired;
  if (!raised_) {
    try {
      if (PyErr_CheckSignals() != 0) nb::raise_python_error();
      if (!callback_.is_none()) callback_(update.stage, update.done, update.total, update.note);
      return;
    } catch (nb::python_error& error) {
      raised_.emplace(std::move(error));
    }
  }
  throw Error(ErrorCode::cancelled, "stopped while ", update.stage);
}

}  // namespace sightline::python
