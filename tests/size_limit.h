// A limit of the file size: the failure of a full disk that every system can produce.
#pragma once

#include <signal.h>
#include <sys/resource.h>

namespace sightline::test {

// As long as it exists, this process cannot write files of more than `bytes` bytes (EFBIG).
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : ignored_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, ignored_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*ignored_)(int);
};

}  // namespace sightline::test
