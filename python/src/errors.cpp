// Turns sightline::Error into the exceptions of sightline.errors.
#include <nanobind/stl/string.h>
#include <sightline/error.h>

#include <exception>
#include <string>

#include "bindings.h"

namespace nb = nanobind;

namespace sightline::python {
namespace {

// Texts of files and paths may have bytes that are not UTF-8.
nb::object decoded(std::string_view text) {
  return nb::steal(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace"));
}

void translate(const std::exception_ptr& exception, void*) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    const std::string code(error_code_name(error.code()));
    const nb::object made =
        nb::module_::import_("sightline.errors").attr("make_error")(code, decoded(error.what()));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
  }
}

}  // namespace

void bind_errors(nb::module_&) {
  nb::register_exception_translator(translate);
}

}  // namespace sightline::python
