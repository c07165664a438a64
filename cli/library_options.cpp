#include "library_options.h"

#include <sightline/error.h>

#include <cstdio>

#include "base/text.h"
#include "command.h"
#include "console.h"
#include "progress_line.h"

namespace sightline::cli {

CLI::Option* add_library_option(CLI::App& command, std::filesystem::path& library) {
  return command
      .add_option("--library", library,
                  "Folder of the library (default: $SIGHTLINE_LIBRARY, else "
                  "~/.local/share/sightline/library)")
      ->type_name("DIR");
}

std::filesystem::path library_folder(const std::filesystem::path& option) {
  return option.empty() ? default_library() : option;
}

int report_index(const IndexSummary& summary, const std::filesystem::path& library, bool as_json) {
  end_progress_line();
  for (const std::string& warning : summary.warnings) warn(warning);
  report_skipped(summary.failures);
  const auto rest = summary.failed - static_cast<int64_t>(summary.failures.size());
  if (rest > 0) warn(message("and ", rest, " more failed"));
  if (as_json) {
    std::printf("%s\n", index_json(summary).c_str());
  } else {
    const auto number = [](int64_t value) { return static_cast<long long>(value); };
    std::printf("added %lld, updated %lld, moved %lld, removed %lld, unchanged %lld, failed %lld\n",
                number(summary.added), number(summary.updated), number(summary.moved),
                number(summary.removed), number(summary.unchanged), number(summary.failed));
    std::string rate;
    if (summary.encoded > 0 && summary.seconds > 0)
      rate =
          " (" + fixed(static_cast<double>(summary.encoded) / summary.seconds, 1) + " per second)";
    std::printf("%lld encoded in %s s%s\n", number(summary.encoded),
                fixed(summary.seconds, 1).c_str(), rate.c_str());
    std::printf("library: %s\n", one_line(library.string()).c_str());
  }
  return summary.failed > 0 ? kSkipped : kDone;
}

}  // namespace sightline::cli
