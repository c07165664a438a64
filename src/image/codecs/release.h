// Deleter for objects of C libraries.
#pragma once

namespace sightline::image {

// std::unique_ptr<T, Release<free_t>> calls free_t(object).
template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

}  // namespace sightline::image
