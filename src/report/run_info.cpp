#include <sightline/report.h>

#include <chrono>
#include <ctime>

#include "base/machine.h"
#include "base/time_text.h"

namespace sightline {
RunInfo this_run(std::string command) {
  const Machine machine = this_machine();
  RunInfo run;
  run.command = std::move(command);
  run.date = utc_text(std::time(nullptr));
  run.processor = machine.processor;
  run.architecture = machine.architecture;
  run.system = machine.system;
  run.processors = machine.processors;
  run.threads = machine.threads;
  run.memory_bytes = machine.memory_bytes;
  return run;
}

}  // namespace sightline
