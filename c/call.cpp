#include "call.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <new>

namespace sightline::c {
namespace {

sightline_status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return SIGHTLINE_INVALID_ARGUMENT;
    case ErrorCode::not_found:
      return SIGHTLINE_NOT_FOUND;
    case ErrorCode::invalid_data:
      return SIGHTLINE_INVALID_DATA;
    case ErrorCode::unsupported:
      return SIGHTLINE_UNSUPPORTED;
    case ErrorCode::limit_exceeded:
      return SIGHTLINE_LIMIT_EXCEEDED;
    case ErrorCode::io:
      return SIGHTLINE_IO;
    case ErrorCode::cancelled:
      return SIGHTLINE_CANCELLED;
    case ErrorCode::internal:
      return SIGHTLINE_INTERNAL;
  }
  return SIGHTLINE_INTERNAL;
}

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

void set_error(sightline_error* error, sightline_status status, std::string_view message) noexcept {
  if (error == nullptr) return;
  size_t size = std::min(message.size(), sizeof(error->message) - 1);
  if (size < message.size()) {
    while (size > 0 && continues_character(message[size])) --size;
  }
  error->status = status;
  std::copy_n(message.data(), size, error->message);
  error->message[size] = '\0';
}

sightline_status report_exception(sightline_error* error) noexcept {
  const auto report = [&](sightline_status status, std::string_view message) {
    set_error(error, status, message);
    return status;
  };
  try {
    throw;
  } catch (const Error& caught) {
    return report(status_of(caught.code()), caught.what());
  } catch (const BufferTooSmall& caught) {
    return report(SIGHTLINE_BUFFER_TOO_SMALL, caught.what());
  } catch (const std::bad_alloc&) {
    return report(SIGHTLINE_OUT_OF_MEMORY, "there is not enough memory");
  } catch (const std::filesystem::filesystem_error& caught) {
    return report(SIGHTLINE_IO, caught.what());
  } catch (const std::exception& caught) {
    return report(SIGHTLINE_INTERNAL, caught.what());
  } catch (...) {
    return report(SIGHTLINE_INTERNAL, "an exception of an unknown type was thrown");
  }
}

void require(const void* pointer, const char* name) {
  if (pointer == nullptr)
    throw Error(ErrorCode::invalid_argument, "'", name, "' is NULL, expected a pointer");
}

std::vector<std::string> strings(const char* const* texts, size_t count, const char* name) {
  std::vector<std::string> copies;
  for (const char* text : array(texts, count, name)) {
    if (text == nullptr) {
      throw Error(ErrorCode::invalid_argument, "'", name, "[", copies.size(),
                  "]' is NULL, expected a text");
    }
    copies.emplace_back(text);
  }
  return copies;
}

size_t product(size_t a, size_t b) {
  size_t result = 0;
  if (__builtin_mul_overflow(a, b, &result))
    throw Error(ErrorCode::limit_exceeded, a, " x ", b, " elements do not fit into memory");
  return result;
}

void require_capacity(size_t capacity, size_t needed, const char* name) {
  if (capacity < needed) {
    throw BufferTooSmall(
        message("'", name, "' has a capacity of ", capacity, ", expected at least ", needed));
  }
}

void require_below(size_t i, size_t count, const char* what) {
  if (i >= count) {
    throw Error(ErrorCode::invalid_argument, what, " ", i, " does not exist: there are ", count,
                ", numbered from 0");
  }
}

bool flag(int32_t value, const char* name) {
  if (value != 0 && value != 1)
    throw Error(ErrorCode::invalid_argument, "'", name, "' is ", value, ", expected 0 or 1");
  return value == 1;
}

void require_reserved(int32_t value, const char* name) {
  if (value != 0) {
    throw Error(ErrorCode::invalid_argument, "'reserved' of ", name, " is ", value,
                ", expected 0: initialize the struct with ", name, "_init");
  }
}

void require_size(size_t size, std::span<const size_t> known, const char* name) {
  if (std::ranges::find(known, size) != known.end()) return;
  throw Error(ErrorCode::unsupported, "the struct_size of ", name, " is ", size, ", expected ",
              known.back(),
              ": it was not initialized, or is of a newer version than this library, ",
              sightline_version());
}

ProgressFn progress_of(sightline_progress_fn progress, void* user_data) {
  if (progress == nullptr) return {};
  return [=](const ProgressUpdate& update) {
    const sightline_progress c = {sizeof c, update.stage.c_str(), update.note.c_str(), update.done,
                                  update.total};
    if (progress(&c, user_data) != 0)
      throw Error(ErrorCode::cancelled, "cancelled by the caller while ", update.stage);
  };
}

}  // namespace sightline::c
