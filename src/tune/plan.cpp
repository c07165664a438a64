#include <sightline/tune.h>

#include <cmath>
#include <set>

#include "base/file.h"
#include "base/json_section.h"
#include "tune/sobol.h"
#include "tune/space.h"

namespace sightline {
namespace {

using nlohmann::json;

DatasetInput read_dataset(const json& value, const std::string& where) {
  DatasetInput input;
  if (value.is_string()) {
    input.path = value.get<std::string>();
    return input;
  }
  JsonSection section(value, where);
  std::string path, root;
  section.read("path", path);
  section.read("image_column", input.options.image_column);
  section.read("text_columns", input.options.text_columns);
  section.read("format", input.options.format);
  section.read("images_root", root);
  section.read("max_captions", input.options.max_captions, 0, 1e6);
  section.finish();
  if (path.empty())
    throw Error(ErrorCode::invalid_data, where, " has no 'path', expected that of a data set");
  input.path = path;
  input.options.image_root = root;
  return input;
}

void read_data(JsonSection& top, TuningData& data) {
  const json* one = top.find("dataset");
  const json* several = top.find("datasets");
  if ((one == nullptr) == (several == nullptr)) {
    throw Error(ErrorCode::invalid_data, top.where(), " has ", one == nullptr ? "neither" : "both",
                " 'dataset' and 'datasets', expected one of them");
  }
  if (several != nullptr && (!several->is_array() || several->empty()))
    top.fail("datasets", "a list of data sets");
  const json list = one != nullptr ? json::array({*one}) : *several;
  for (const json& item : list)
    data.datasets.push_back(read_dataset(item, top.where() + " dataset"));
  const json* splits = top.find("splits");
  if (splits == nullptr) return;
  JsonSection section(*splits, top.where() + " splits");
  section.read("selection", data.selection);
  section.read("report", data.report);
  section.read("report_share", data.report_share, 0.05, 0.95);
  for (const auto& [key, share] : {std::pair{"choice_share", &data.choice_share},
                                   std::pair{"validation_share", &data.validation_share}}) {
    if (section.find(key) == nullptr) continue;
    share->emplace();
    section.read(key, **share, 0.01, 0.8);
  }
  section.finish();
  for (const std::string& split : data.report) {
    if (data.selection.empty() || std::ranges::count(data.selection, split) > 0) {
      section.fail("report",
                   "splits that are not in 'selection': data that choose must not report");
    }
  }
}

std::vector<std::string> texts_of(const json& values) {
  std::vector<std::string> out;
  for (const json& value : values) out.push_back(value.dump());
  return out;
}

void read_range(JsonSection& section, TuningParameter& p) {
  std::string type = "real", scale = "linear";
  section.read("type", type);
  section.read("scale", scale);
  if (type != "real" && type != "integer") section.fail("type", "\"real\" or \"integer\"");
  if (scale != "linear" && scale != "log") section.fail("scale", "\"linear\" or \"log\"");
  p.type = type == "integer" ? ParameterType::integer : ParameterType::real;
  p.logarithmic = scale == "log";
  section.require("from", "the least value");
  section.require("to", "the largest value");
  const double bound = 1e15, lowest = p.logarithmic ? 1e-300 : -bound;
  if (p.type == ParameterType::integer) {
    int64_t from = 0, to = 0;
    section.read("from", from, p.logarithmic ? 1 : lowest, bound);
    section.read("to", to, lowest, bound);
    p.least = static_cast<double>(from);
    p.most = static_cast<double>(to);
  } else {
    section.read("from", p.least, lowest, bound);
    section.read("to", p.most, lowest, bound);
  }
  if (p.least >= p.most) section.fail("to", "a number above 'from'");
}

void read_choices(const json& values, TuningParameter& p, const std::string& where) {
  if (!values.is_array() || values.size() < 2 || values.size() > 64) {
    throw Error(ErrorCode::invalid_data, where, " is ", shown(values),
                ", expected a list of 2 to 64 values, or a range with 'from' and 'to'");
  }
  p.choices = texts_of(values);
  for (size_t i = 0; i < p.choices.size(); ++i) {
    if (std::ranges::count(p.choices, p.choices[i]) > 1)
      throw Error(ErrorCode::invalid_data, where, " has the value ", shown(values[i]), " twice");
  }
}

void read_condition(JsonSection& section, TuningParameter& p) {
  const json* when = section.find("when");
  if (when == nullptr) return;
  if (!when->is_object() || when->size() != 1)
    section.fail("when", "one parameter and its values, such as {\"method\": [\"lora\"]}");
  p.when = when->begin().key();
  const json& values = when->begin().value();
  p.when_values = texts_of(values.is_array() ? values : json::array({values}));
}

TuningParameter read_parameter(const std::string& name, const json& value,
                               const std::string& where) {
  TuningParameter p;
  p.name = name;
  if (value.is_array()) {
    read_choices(value, p, where);
    return p;
  }
  JsonSection section(value, where);
  if (const json* choices = section.find("choices")) {
    read_choices(*choices, p, where);
  } else {
    read_range(section, p);
  }
  read_condition(section, p);
  section.finish();
  return p;
}

// The parser keeps only the last of several values.
void refuse_repeated_keys(const std::string& text, const std::string& name) {
  std::vector<std::set<std::string>> open;
  const auto check = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key &&
        !open.back().insert(parsed.get<std::string>()).second) {
      throw Error(ErrorCode::invalid_data, "'", name, "' has the key ", shown(parsed),
                  " twice in one object, expected it once");
    }
    return true;
  };
  [[maybe_unused]] const json parsed = json::parse(text, check, /*allow_exceptions=*/false);
}

void read_parameters(JsonSection& top, TuningPlan& plan) {
  const json& vary = top.require("vary",
                                 "the parameters that vary, such as {\"precision\": "
                                 "[\"fp32\", \"int8\"]}");
  if (!vary.is_object() || vary.empty()) top.fail("vary", "an object with a parameter");
  for (const auto& [name, value] : vary.items())
    plan.parameters.push_back(read_parameter(name, value, top.where() + " vary '" + name + "'"));
  if (plan.parameters.size() > static_cast<size_t>(kSobolDimensions)) {
    throw Error(ErrorCode::invalid_data, top.where(), " varies ", plan.parameters.size(),
                " parameters, at most ", kSobolDimensions, " are possible");
  }
  order_by_conditions(plan.parameters, top.where());
}

void read_objective(JsonSection& top, TuningObjective& objective) {
  const json* found = top.find("objective");
  if (found == nullptr) return;
  JsonSection section(*found, top.where() + " objective");
  std::string metric = "recall@1", relevance = "strict";
  section.read("metric", metric);
  const size_t at = metric.find('@');
  const std::string name = metric.substr(0, at);
  const std::string depth = at == std::string::npos ? "" : metric.substr(at + 1);
  const bool number = !depth.empty() && depth.size() < 6 && depth[0] != '0' &&
                      depth.find_first_not_of("0123456789") == std::string::npos;
  if (name == "mrr" && at == std::string::npos) {
    objective.metric = GainMetric::reciprocal_rank;
  } else if ((name == "recall" || name == "ndcg") && number) {
    objective.metric = name == "recall" ? GainMetric::recall : GainMetric::ndcg;
    objective.k = std::stoi(depth);
  } else {
    section.fail("metric", "\"recall@K\", \"ndcg@K\" or \"mrr\"");
  }
  section.read("relevance", relevance);
  if (relevance != "strict" && relevance != "caption_equivalent")
    section.fail("relevance", "\"strict\" or \"caption_equivalent\"");
  objective.caption_equivalent = relevance != "strict";
  section.read("per_millisecond", objective.per_millisecond, 0, 1e6);
  section.read("per_megabyte", objective.per_megabyte, 0, 1e6);
  section.read("per_training_second", objective.per_training_second, 0, 1e6);
  for (const auto& [key, limit] :
       {std::pair{"most_milliseconds", &objective.most_milliseconds},
        std::pair{"most_megabytes", &objective.most_megabytes},
        std::pair{"most_training_seconds", &objective.most_training_seconds}}) {
    if (section.find(key) == nullptr) continue;
    limit->emplace();
    section.read(key, **limit, 1e-6, 1e9);
  }
  section.finish();
}

void read_search(JsonSection& top, TuningPlan& plan) {
  static const json empty = json::object();
  const json* search = top.find("search");
  JsonSection section(search != nullptr ? *search : empty, top.where() + " search");
  std::string method = "successive_halving";
  section.read("method", method);
  if (method == "hyperband") {
    plan.method = TuningMethod::hyperband;
  } else if (method == "random") {
    plan.method = TuningMethod::random;
  } else if (method != "successive_halving") {
    section.fail("method", "\"successive_halving\", \"hyperband\" or \"random\"");
  }
  section.read("sobol_share", plan.sobol_share, 0, 1);
  section.read("eta", plan.eta, 1.5, 16);
  section.read("least_share", plan.least_share, 0.001, 1);
  section.finish();
  const json* budget = top.find("budget");
  JsonSection limits(budget != nullptr ? *budget : empty, top.where() + " budget");
  limits.read("trials", plan.trials, 1, 10000);
  limits.read("minutes", plan.minutes, 0, 1e6);
  limits.finish();
}

void read_statistics(JsonSection& top, StatisticsOptions& statistics) {
  const json* found = top.find("statistics");
  if (found == nullptr) return;
  JsonSection section(*found, top.where() + " statistics");
  section.read("resamples", statistics.resamples, 100, 1e6);
  section.read("confidence", statistics.confidence, 0.5, 0.9999);
  section.read("permutations", statistics.permutations, 100, 1e7);
  section.finish();
}

}  // namespace

std::string TuningObjective::name() const {
  const std::string depth = std::to_string(k);
  if (metric == GainMetric::recall) return "recall@" + depth;
  return metric == GainMetric::ndcg ? "nDCG@" + depth : "MRR";
}

TuningPlan parse_tuning_plan(const std::string& text, const std::string& name) {
  TuningPlan plan;
  plan.text = text;
  const json root = parse_json(text, name);
  refuse_repeated_keys(text, name);
  JsonSection top(root, "plan '" + name + "'");
  std::string about;
  top.read("about", about);
  read_data(top, plan.data);
  const json& defaults = top.require("default", "the configuration to compare with");
  if (!defaults.is_object()) top.fail("default", "an object such as {\"model\": \"models/a\"}");
  plan.defaults = defaults.dump();
  read_parameters(top, plan);
  read_objective(top, plan.objective);
  read_search(top, plan);
  read_statistics(top, plan.statistics);
  top.read("images", plan.images, 0, 1e12);
  top.read("seed", plan.seed, 0, 9e15);
  plan.statistics.seed = plan.seed;
  top.finish();
  return plan;
}

TuningPlan read_tuning_plan(const std::filesystem::path& path) {
  return parse_tuning_plan(read_text_file(path, 1 << 20), path.string());
}

}  // namespace sightline
