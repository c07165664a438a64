#include <sightline/report.h>

#include <chrono>
#include <ctime>

#include "base/machine.h"

namespace sightline {
namespace {

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

RunInfo this_run(std::string command) {
  const Machine machine = this_machine();
  RunInfo run;
  run.command = std::move(command);
  run.date = utc_now();
  run.processor = machine.processor;
  run.architecture = machine.architecture;
  run.system = machine.system;
  run.processors = machine.processors;
  run.threads = machine.threads;
  run.memory_bytes = machine.memory_bytes;
  return run;
}

}  // namespace sightline
