// Helpers of the functions of the C API: conversion of exceptions to statuses, checks of arguments,
// and structs with struct_size.
#pragma once

#include <sightline/error.h>
#include <sightline/progress.h>
#include <sightline_c.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sightline::c {

// A buffer of the caller is smaller than the result.
class BufferTooSmall : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Sets *error, if it is not null. A long message is cut before the character that does not fit.
void set_error(sightline_error* error, sightline_status status, std::string_view message) noexcept;

// Sets *error to the exception that is being handled, and returns its status.
sightline_status report_exception(sightline_error* error) noexcept;

// Runs the body of a function. The only place where exceptions end.
template <typename Body>
sightline_status guarded(sightline_error* error, Body&& body) noexcept {
  try {
    body();
  } catch (...) {
    return report_exception(error);
  }
  set_error(error, SIGHTLINE_OK, "");
  return SIGHTLINE_OK;
}

// Throws invalid_argument if a pointer is null; `name` is the argument's.
void require(const void* pointer, const char* name);

template <typename T>
T& required(T* pointer, const char* name) {
  require(pointer, name);
  return *pointer;
}

// Returns where a function stores its new handle, which is null until then.
template <typename Handle>
Handle*& out_handle(Handle** handle, const char* name) {
  require(handle, name);
  *handle = nullptr;
  return *handle;
}

// Returns an array, which may be null if it has no elements.
template <typename T>
std::span<T> array(T* values, size_t count, const char* name) {
  if (count > 0) require(values, name);
  return {values, count};
}

// Returns texts, none of which may be null.
std::vector<std::string> strings(const char* const* texts, size_t count, const char* name);

// Returns a * b. Throws limit_exceeded if it overflows.
size_t product(size_t a, size_t b);

// Throws BufferTooSmall if `capacity` elements are fewer than `needed`.
void require_capacity(size_t capacity, size_t needed, const char* name);

// Throws invalid_argument if `i` is not below `count`; `what` is the kind of thing.
void require_below(size_t i, size_t count, const char* what);

// Returns an option that is 0 or 1.
bool flag(int32_t value, const char* name);

// Throws invalid_argument unless a reserved member is 0.
void require_reserved(int32_t value, const char* name);

// Returns the element of `values` that a constant of the C API stands for.
template <typename T, size_t N>
T choice(int32_t value, const T (&values)[N], const char* name) {
  if (value < 0 || value >= static_cast<int32_t>(N)) {
    throw Error(ErrorCode::invalid_argument, "'", name, "' is ", value, ", expected 0 to ", N - 1);
  }
  return values[value];
}

// The sizes that a struct has had, oldest first. When a member is appended to a struct, specialize
// this for it and keep the former sizes. Structs have no padding at the end, so each version has
// another size.
template <typename T>
inline constexpr size_t kSizes[] = {sizeof(T)};
template <>
inline constexpr size_t kSizes<sightline_model_info>[] = {88, sizeof(sightline_model_info)};
template <>
inline constexpr size_t kSizes<sightline_model_options>[] = {56, sizeof(sightline_model_options)};

// Throws unsupported if `size` is not one of kSizes<T>.
void require_size(size_t size, std::span<const size_t> known, const char* name);

// Returns the options at `given`, whose later members are those of `defaults`; `defaults` if it is
// null.
template <typename T>
T read_options(const T* given, T defaults, const char* name) {
  if (given == nullptr) return defaults;
  require_size(given->struct_size, kSizes<T>, name);
  std::memcpy(&defaults, given, given->struct_size);
  return defaults;
}

// Writes a struct of any version to the caller's memory; its struct_size is `size`.
template <typename T>
void write_struct(T* to, size_t size, T value, const char* name) {
  require(to, name);
  require_size(size, kSizes<T>, name);
  value.struct_size = size;
  std::memcpy(to, &value, size);
}

// The same for results, whose size the caller has set.
template <typename T>
void write_info(T* to, const T& value, const char* name) {
  require(to, name);
  write_struct(to, to->struct_size, value, name);
}

// Returns a function that calls `progress`; empty if that is null.
ProgressFn progress_of(sightline_progress_fn progress, void* user_data);

}  // namespace sightline::c
