#include "tune/trial_log.h"

#include <fcntl.h>
#include <sightline/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/json_section.h"
#include "base/text.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kPlan = "plan.json";
constexpr const char* kTrials = "trials.jsonl";
constexpr const char* kTimings = "timings.jsonl";

[[noreturn]] void fail(const fs::path& file) {
  throw Error(ErrorCode::io, "cannot write ", quoted(file), ": ", std::strerror(errno));
}

class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags) : fd_(::open(file.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail(file);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void append_line(const fs::path& file, const std::string& text) {
  const Descriptor to(file, O_WRONLY | O_CREAT | O_APPEND);
  const std::string line = text + "\n";
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t written = ::write(to.get(), line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(file);
    done += static_cast<size_t>(written);
  }
  if (::fdatasync(to.get()) != 0) fail(file);
}

// The complete lines of a file. Cuts off an incomplete one if `repair`.
std::vector<std::string> read_lines(const fs::path& file, bool repair) {
  std::vector<std::string> lines;
  if (!fs::exists(file_status(file))) return lines;
  const std::string text = read_text_file(file);
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (begin < text.size() && repair && ::truncate(file.c_str(), static_cast<off_t>(begin)) != 0)
    fail(file);
  return lines;
}

TuningSide side_of(JsonSection& section) {
  std::string side;
  section.read("side", side);
  if (side != "selection" && side != "report") section.fail("side", "\"selection\" or \"report\"");
  return side == "report" ? TuningSide::report : TuningSide::selection;
}

EvaluationKey read_key(JsonSection& section) {
  section.require("trial", "a number");
  section.require("side", "\"selection\" or \"report\"");
  section.require("share", "a number");
  EvaluationKey key;
  section.read("trial", key.trial, 0, 1e9);
  key.side = side_of(section);
  section.read("share", key.share, 0, 1);
  return key;
}

Json key_json(const EvaluationKey& key) {
  return {{"trial", key.trial}, {"side", side_name(key.side)}, {"share", key.share}};
}

std::map<EvaluationKey, Timing> read_timings(const fs::path& file, bool repair) {
  std::map<EvaluationKey, Timing> timings;
  int64_t number = 0;
  for (const std::string& line : read_lines(file, repair)) {
    const std::string where = message(quoted(file), " line ", ++number);
    const json value = parse_json(line, message(file.string(), " line ", number));
    JsonSection section(value, where);
    const EvaluationKey key = read_key(section);
    Timing& timing = timings[key];
    section.read("milliseconds", timing.milliseconds, 0, 1e12);
    section.read("seconds", timing.seconds, 0, 1e12);
    section.read("training_seconds", timing.training_seconds, 0, 1e12);
    section.finish();
  }
  return timings;
}

std::string header_text(const TuningPlan& plan, const std::string& fingerprint) {
  const Json header = {{"format", "sightline tuning"},
                       {"version", 1},
                       {"fingerprint", fingerprint},
                       {"plan", json::parse(plan.text)}};
  return json_text(header, 2) + "\n";
}

}  // namespace

std::string_view side_name(TuningSide side) {
  return side == TuningSide::report ? "report" : "selection";
}

TrialLog::TrialLog(const TuningPlan& plan, const std::string& fingerprint,
                   const TuneOptions& options)
    : folder_(options.out) {
  make_folder(folder_);
  lock_.emplace(folder_ / "tune.lock", "sightline tune");
  const std::string header = header_text(plan, fingerprint);
  if (options.fresh) {
    for (const char* name : {kPlan, kTrials, kTimings, "results.json", "best.json", "gains"})
      fs::remove_all(folder_ / name);
  }
  if (fs::exists(file_status(folder_ / kPlan))) {
    if (read_text_file(folder_ / kPlan) != header) {
      throw Error(ErrorCode::invalid_argument, quoted(folder_),
                  " has a run of another plan, or its data or models have changed since: choose "
                  "another folder, or remove its files with --fresh");
    }
  } else {
    write_file_atomic(folder_ / kPlan, header);
  }
  make_folder(folder_ / "gains");
  if (!options.timings.empty()) given_ = read_timings(options.timings, false);
  read();
}

void TrialLog::read() {
  const fs::path file = folder_ / kTrials;
  const auto timings = read_timings(folder_ / kTimings, true);
  int64_t number = 0;
  for (const std::string& line : read_lines(file, true)) {
    const std::string where = message(quoted(file), " line ", ++number);
    const json value = parse_json(line, message(file.string(), " line ", number));
    JsonSection section(value, where);
    const EvaluationKey key = read_key(section);
    LoggedEvaluation out;
    std::string origin;
    int bracket = 0;
    section.read("origin", origin);
    section.read("bracket", bracket, 0, 1e6);
    out.configuration = section.require("configuration", "an object").dump();
    section.read("error", out.error);
    section.read("quality", out.quality, -1e9, 1e9);
    section.read("queries", out.queries, 0, 1e15);
    section.read("clusters", out.clusters, 0, 1e15);
    section.read("megabytes", out.megabytes, 0, 1e15);
    section.finish();
    if (const auto timing = timings.find(key); timing != timings.end()) out.timing = timing->second;
    seconds_ += out.timing.seconds;
    evaluations_[key] = std::move(out);
  }
}

const LoggedEvaluation* TrialLog::find(const EvaluationKey& key) const {
  const auto found = evaluations_.find(key);
  return found == evaluations_.end() ? nullptr : &found->second;
}

std::optional<std::pair<double, const LoggedEvaluation*>> TrialLog::last_of(int64_t trial) const {
  std::optional<std::pair<double, const LoggedEvaluation*>> last;
  for (const auto& [key, evaluation] : evaluations_)  // by share
    if (key.trial == trial && key.side == TuningSide::selection) last = {key.share, &evaluation};
  return last;
}

fs::path TrialLog::gains_path(const EvaluationKey& key) const {
  return folder_ / "gains" / message(side_name(key.side), "-", key.trial, ".json");
}

ClusterGains TrialLog::gains(const EvaluationKey& key) const {
  const fs::path file = gains_path(key);
  const json value = parse_json(read_text_file(file), file.string());
  JsonSection section(value, quoted(file));
  const json& gains = section.require("gains", "a list of numbers");
  const json& queries = section.require("queries", "a list of numbers");
  section.finish();
  try {
    return {gains.get<std::vector<double>>(), queries.get<std::vector<double>>()};
  } catch (const json::exception&) {
    throw Error(ErrorCode::invalid_data, quoted(file),
                " has another value than lists of numbers in 'gains' and 'queries'");
  }
}

void TrialLog::append(const EvaluationKey& key, const Trial& trial,
                      const LoggedEvaluation& evaluation, const ClusterGains* gains) {
  if (gains != nullptr) {
    write_file_atomic(gains_path(key),
                      json_text(Json{{"gains", gains->gains}, {"queries", gains->queries}}) + "\n");
  }
  Json timing = key_json(key);
  timing["milliseconds"] = evaluation.timing.milliseconds;
  timing["seconds"] = evaluation.timing.seconds;
  if (evaluation.timing.training_seconds > 0)
    timing["training_seconds"] = evaluation.timing.training_seconds;
  append_line(folder_ / kTimings, json_text(timing));
  Json line = key_json(key);
  line["origin"] = trial_origin_name(trial.origin);
  line["bracket"] = trial.bracket;
  line["configuration"] = json::parse(trial.configuration);
  if (!evaluation.error.empty()) {
    line["error"] = evaluation.error;
  } else {
    line["quality"] = evaluation.quality;
    line["queries"] = evaluation.queries;
    line["clusters"] = evaluation.clusters;
    line["megabytes"] = evaluation.megabytes;
  }
  append_line(folder_ / kTrials, json_text(line));
  seconds_ += evaluation.timing.seconds;
  evaluations_[key] = evaluation;
}

std::optional<Timing> TrialLog::given_timing(const EvaluationKey& key) const {
  const auto found = given_.find(key);
  if (found == given_.end()) return std::nullopt;
  return found->second;
}

}  // namespace sightline
