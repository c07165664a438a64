// sightline serve: a library over HTTP.
#include <sightline/error.h>
#include <sightline/server.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "cache_options.h"
#include "command.h"
#include "console.h"
#include "interruption.h"
#include "library_options.h"
#include "locate.h"
#include "model_options.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostTokenBytes = 4096;
constexpr double kGraceSeconds = 5;

struct Options {
  ServerOptions server;
  fs::path token_file, access_log;
  CacheFlags cache;
  int port = 8765;
  double max_upload_mb = 64;
  bool pull = false, as_json = false;
};

std::string token_of(const Options& options) {
  if (!options.token_file.empty()) {
    const std::string text = read_text_file(options.token_file, kMostTokenBytes);
    const std::string token(trimmed(text));
    if (token.empty())
      throw Error(ErrorCode::invalid_argument, "the token file ", quoted(options.token_file),
                  " is empty");
    return token;
  }
  const char* given = std::getenv("SIGHTLINE_TOKEN");
  return given == nullptr ? "" : given;
}

// A file that lines are appended to; "-": standard error.
class LineLog {
 public:
  explicit LineLog(const fs::path& path) {
    if (path == "-") return;
    file_.reset(std::fopen(path.c_str(), "ae"));
    if (!file_) throw Error(ErrorCode::io, "cannot write the access log ", quoted(path));
  }
  void write(const std::string& line) const {
    std::FILE* out = file_ ? file_.get() : stderr;
    std::fputs((line + "\n").c_str(), out);
    std::fflush(out);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

int run(Options& options) {
  ServerOptions server = options.server;
  server.library = library_folder(server.library);
  server.port = static_cast<uint16_t>(options.port);
  server.token = token_of(options);
  server.max_upload_bytes = static_cast<int64_t>(options.max_upload_mb * 1e6);
  server.cache = cache_root(options.cache);
  server.model_options.digest_cache = server.cache.value_or("");
  server.locate_model = [pull = options.pull](const LibraryModel& model) {
    return locate_model(model.spec, pull);
  };
  server.event_log = [](const std::string& sentence) { warn(sentence); };
  if (!options.access_log.empty()) {
    auto log = std::make_shared<const LineLog>(options.access_log);
    server.access_log = [log](const std::string& line) { log->write(line); };
  }
  Server running(std::move(server));
  if (options.as_json) {
    std::printf("{\"url\": \"%s\", \"port\": %d}\n", running.url().c_str(), running.port());
  } else {
    std::printf("listening on %s (Ctrl-C ends it)\n", running.url().c_str());
  }
  std::fflush(stdout);
  begin_short_step();  // a signal leaves time to finish accepted requests
  while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  running.stop(kGraceSeconds);
  return kDone;
}

void add_limits(CLI::App& command, Options& options) {
  ServerOptions& server = options.server;
  command.add_option("--max-upload-mb", options.max_upload_mb, "Largest request, in MB")
      ->check(CLI::Range(0.001, 4096.0))
      ->capture_default_str();
  command.add_option("--max-connections", server.max_connections, "Open connections")
      ->check(CLI::Range(4, 100'000))
      ->capture_default_str();
  command.add_option("--queue", server.queue_length, "Searches that may wait")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command
      .add_option("--queue-seconds", server.queue_seconds,
                  "Refuse a search that has waited longer (503)")
      ->check(CLI::Range(0.001, 600.0))
      ->capture_default_str();
  command
      .add_option("--max-batch", server.max_batch, "Waiting searches that are answered together")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
}

void add_access(CLI::App& command, Options& options) {
  ServerOptions& server = options.server;
  command
      .add_option("--token-file", options.token_file,
                  "File with the token that clients must send (or $SIGHTLINE_TOKEN); required "
                  "unless the address is a loopback address")
      ->type_name("FILE");
  command
      .add_option("--allow-host", server.allowed_hosts,
                  "Further host name under which clients reach the server, as behind a proxy")
      ->type_name("NAME");
  command
      .add_option("--cors", server.cors_origins,
                  "Origin whose pages may use the API, such as https://photos.example")
      ->type_name("ORIGIN");
  command.add_flag("--show-paths", server.show_paths, "Show clients the absolute paths of images");
  command.add_flag("--read-only", server.read_only,
                   "Accept no judgements, corrections and indexing");
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "serve", "Search a library in the browser, and by other programs over HTTP");
  add_library_option(*command, options->server.library);
  command
      ->add_option("--model", options->server.model,
                   "One of the library's models (default: the active one)")
      ->type_name("MODEL");
  command->add_option("--address", options->server.address, "Address to listen on")
      ->capture_default_str();
  command->add_option("--port", options->port, "Port to listen on; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_flag("--watch", options->server.watch,
                    "Index changes of the library's folders as they happen");
  command
      ->add_option("--report", options->server.reports,
                   "Folder of a report that 'sightline eval' wrote, to show on the page")
      ->type_name("DIR");
  add_access(*command, *options);
  add_limits(*command, *options);
  command
      ->add_option("--access-log", options->access_log,
                   "Append a line of JSON for each request to this file (-: standard error)")
      ->type_name("FILE");
  command->add_flag("--log-queries", options->server.log_queries,
                    "Write the texts of queries into the access log");
  add_cache_options(*command, options->cache);
  add_backend_options(*command, options->server.model_options.backend,
                      options->server.model_options.device);
  add_pull_flag(*command, options->pull);
  command->add_flag("--json", options->as_json, "Print the address as JSON");
  command->group("Search");
  command->footer(
      "Examples:\n"
      "  sightline serve --library build/library\n"
      "  sightline serve --address 0.0.0.0 --token-file token.txt --watch");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli
