#include "report/run_json.h"

namespace sightline {

Json run_json(const RunInfo& run) {
  return {{"command", text_or_null(run.command)},
          {"date", run.date},
          {"machine",
           {{"processor", run.processor},
            {"architecture", run.architecture},
            {"system", run.system},
            {"processors", run.processors},
            {"threads", run.threads},
            {"memory_bytes", run.memory_bytes}}}};
}

}  // namespace sightline
