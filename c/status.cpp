#include <sightline/version.h>

#include <iterator>

#include "call.h"
#include "failures.h"
#include "handles.h"

using namespace sightline::c;

const char* sightline_version(void) {
  return sightline::kVersion;
}

const char* sightline_status_name(sightline_status status) {
  static constexpr const char* kNames[] = {
      "ok", "invalid_argument", "not_found", "invalid_data",  "unsupported",     "limit_exceeded",
      "io", "cancelled",        "internal",  "out_of_memory", "buffer_too_small"};
  constexpr auto kCount = static_cast<sightline_status>(std::size(kNames));
  return status >= 0 && status < kCount ? kNames[status] : "unknown";
}

sightline_status sightline_failures_count(const sightline_failures* failures, size_t* count,
                                          sightline_error* error) {
  return guarded(
      error, [&] { required(count, "count") = required(failures, "failures").failures.size(); });
}

sightline_status sightline_failures_get(const sightline_failures* failures, size_t i,
                                        sightline_failure* failure, sightline_error* error) {
  return guarded(error, [&] {
    const auto& all = required(failures, "failures").failures;
    require_below(i, all.size(), "failure");
    write_failure(failure, all[i].input, all[i].id, all[i].reason);
  });
}

void sightline_failures_free(sightline_failures* failures) {
  delete failures;
}
