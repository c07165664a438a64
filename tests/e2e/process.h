// Runs programs as a shell would, and captures their output.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sightline::testing {

struct Finished {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  std::string out;  // all of stdout
  std::string err;  // all of stderr
};

// A running program, whose output goes to files. The destructor kills it if it is still running.
class Process {
 public:
  explicit Process(const std::vector<std::string>& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  bool running();
  void send(int signal);
  void send_group(int signal);  // to all processes of its group, whose leader it must be (setsid)
  void kill_hard();             // SIGKILL
  // Waits until it ends. After the time limit it is killed (signal 9) and the test fails.
  Finished wait(std::chrono::seconds limit = std::chrono::seconds(600));

 private:
  bool reap(int flags);

  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  std::string name_;
  std::filesystem::path out_, err_;
};

// Waits for a state that the program reaches while it works. Returns false if it ended before.
bool wait_for(Process& process, const std::function<bool()>& reached);

bool has(const std::string& text, const std::string& part);

Finished run_command(const std::vector<std::string>& command);
// Runs build/sightline with these arguments.
Finished sightline(std::vector<std::string> arguments);

}  // namespace sightline::testing
