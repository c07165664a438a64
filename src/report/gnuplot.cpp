#include "report/gnuplot.h"

#include <fcntl.h>
#include <poll.h>
#include <sightline/error.h>
#include <sightline/report.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/child_process.h"
#include "base/file.h"
#include "base/text.h"

extern char** environ;  // NOLINT: POSIX leaves its declaration to the program

namespace sightline {
namespace {

constexpr const char* kInstallHint =
    "gnuplot, which draws the figures, cannot be run (Debian: apt-get install gnuplot-nox)";

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class SpawnAttributes {
 public:
  SpawnAttributes() { ::posix_spawnattr_init(&attributes_); }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// Reads until the writer closes the pipe; keeps at most about 64 KiB. Calls `waiting` ten times a
// second.
std::string read_all(int fd, const std::function<void()>& waiting) {
  constexpr int kMilliseconds = 100;
  std::string text;
  char buffer[4096];
  for (;;) {
    pollfd source = {fd, POLLIN, 0};
    const int ready = ::poll(&source, 1, kMilliseconds);
    if (waiting) waiting();
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() < 64 * 1024) text.append(buffer, static_cast<size_t>(got));
  }
}

// The end of a pipe from which this program reads.
class ReadEnd {
 public:
  explicit ReadEnd(int fd) : fd_(fd) {}
  ~ReadEnd() { ::close(fd_); }
  ReadEnd(const ReadEnd&) = delete;
  ReadEnd& operator=(const ReadEnd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Outcome {
  int status = 0;       // from waitpid
  std::string message;  // its stderr output
};

Outcome run(const std::filesystem::path& directory, std::vector<std::string> arguments,
            const std::function<void()>& waiting = {}) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(ErrorCode::io, "cannot create a pipe: ", std::strerror(errno));
  }
  const ReadEnd messages(ends[0]);
  SpawnActions actions;
  const std::string folder = directory.string();
  ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(actions.get(), 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), ends[1], 2);
  ::posix_spawn_file_actions_addchdir_np(actions.get(), folder.c_str());
  SpawnAttributes attributes;
  ::posix_spawnattr_setflags(attributes.get(), POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(attributes.get(), 0);  // a group of its own
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, argv[0], actions.get(), attributes.get(), argv.data(), environ);
  ::close(ends[1]);
  if (error != 0) throw Error(ErrorCode::unsupported, kInstallHint, ": ", std::strerror(error));
  ChildProcess child(pid);
  Outcome outcome;
  outcome.message = read_all(messages.get(), waiting);
  outcome.status = child.wait();
  return outcome;
}

// gnuplot does not report that its output could not be written, such as on a full disk.
void require_whole(const std::filesystem::path& file, std::string_view end) {
  const std::string content = read_text_file(file);
  if (trimmed(content).ends_with(end)) return;
  std::error_code error;
  const auto space = std::filesystem::space(file, error);
  const bool full = !error && space.available < 1 << 20;
  throw Error(ErrorCode::io, "gnuplot could not write all of ", quoted(file), ": ",
              full ? std::strerror(ENOSPC) : "the file is incomplete");
}

bool succeeded(const Outcome& outcome) {
  return WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 0;
}

}  // namespace

void require_gnuplot() {
  if (!succeeded(run("/", {"gnuplot", "--version"}))) {
    throw Error(ErrorCode::unsupported, kInstallHint);
  }
}

void run_gnuplot(const std::filesystem::path& directory, const std::string& name,
                 const std::string& script, const std::function<void()>& waiting) {
  const std::string file = name + ".gp";
  write_file_atomic(directory / file, script);
  const Outcome outcome = run(directory, {"gnuplot", "--default-settings", file}, waiting);
  if (!succeeded(outcome)) {
    throw Error(ErrorCode::internal, "gnuplot failed on '", file,
                "': ", printable(trimmed(outcome.message), 600));
  }
  require_whole(directory / (name + ".png"), "IEND\xae\x42\x60\x82");
  require_whole(directory / (name + ".svg"), "</svg>");
}

}  // namespace sightline
