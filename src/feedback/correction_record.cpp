#include "feedback/correction_record.h"

#include <sightline/error.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/json.h"
#include "base/text.h"

namespace sightline::feedback {
namespace {

using library::Database;
using library::Statement;

static_assert(std::endian::native == std::endian::little, "blobs are little endian");

constexpr int64_t kMostDimensions = 1 << 16;

std::span<const uint8_t> bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)};
}

Json figures_json(const CorrectionFigures& figures) {
  Json json = {{"reason", figures.reason},
               {"judgements", figures.judgements},
               {"queries", figures.queries},
               {"groups", figures.groups},
               {"before", figures.before},
               {"after", figures.after},
               {"difference", figures.difference},
               {"p", figures.p},
               {"overlap", figures.overlap},
               {"ridge", figures.ridge},
               {"step", figures.step},
               {"away", figures.away}};
  if (figures.interval) json["interval"] = {figures.interval->low, figures.interval->high};
  return json;
}

// `where` is for messages.
CorrectionFigures figures_of(const std::string& text, const std::string& where) {
  const nlohmann::json json = parse_json(text, where);
  const auto fail = [&] {
    throw Error(ErrorCode::invalid_data, where, " are not in the expected form");
  };
  if (!json.is_object()) fail();
  const auto number = [&](const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number() || !std::isfinite(found->get<double>())) fail();
    return found->get<double>();
  };
  const auto count = [&](const char* key) {
    const double value = number(key);
    if (value < 0 || value > 1e15) fail();
    return static_cast<int64_t>(value);
  };
  CorrectionFigures out;
  out.accepted = true;
  if (json.contains("reason") && json["reason"].is_string())
    out.reason = json["reason"].get<std::string>();
  out.judgements = count("judgements");
  out.queries = count("queries");
  out.groups = count("groups");
  out.before = number("before");
  out.after = number("after");
  out.difference = number("difference");
  out.p = number("p");
  out.overlap = number("overlap");
  out.ridge = number("ridge");
  out.step = number("step");
  out.away = number("away");
  if (const auto interval = json.find("interval"); interval != json.end()) {
    if (!interval->is_array() || interval->size() != 2 || !(*interval)[0].is_number() ||
        !(*interval)[1].is_number())
      fail();
    out.interval = Interval{(*interval)[0].get<double>(), (*interval)[1].get<double>()};
  }
  return out;
}

std::vector<float> floats_of(std::span<const uint8_t> bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(float));
  return out;
}

}  // namespace

int64_t add_correction(Database& database, const CorrectionVersion& version,
                       const CorrectionMap& map) {
  database
      .prepare(
          "INSERT INTO corrections(created, model, fingerprint, figures, dim, rank, centre, "
          "inputs, "
          "outputs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(1, version.created_ms)
      .bind(2, version.model)
      .bind(3, version.fingerprint)
      .bind(4, json_text(figures_json(version.figures)))
      .bind(5, map.inputs.dim)
      .bind(6, map.inputs.rows)
      .bind_blob(7, bytes_of(map.centre))
      .bind_blob(8, bytes_of(map.inputs.values))
      .bind_blob(9, bytes_of(map.outputs.values))
      .run();
  return database.integer("SELECT max(version) FROM corrections");
}

std::vector<CorrectionVersion> read_versions(const Database& database) {
  std::vector<CorrectionVersion> out;
  Statement select = database.prepare(
      "SELECT corrections.version, created, model, corrections.fingerprint, figures, "
      "active.version IS NOT NULL FROM corrections LEFT JOIN active ON active.version = "
      "corrections.version ORDER BY corrections.version DESC");
  while (select.step()) {
    CorrectionVersion& version = out.emplace_back();
    version.version = select.integer(0);
    version.created_ms = select.integer(1);
    version.model = select.text(2);
    version.fingerprint = select.text(3);
    version.figures = figures_of(
        select.text(4),
        message("the figures of correction ", version.version, " in ", quoted(database.path())));
    version.active = select.integer(5) != 0;
  }
  return out;
}

CorrectionMap read_map(const Database& database, int64_t version) {
  Statement select = database.prepare(
      "SELECT dim, rank, centre, inputs, outputs FROM corrections WHERE version = ?");
  select.bind(1, version);
  if (!select.step()) {
    throw Error(ErrorCode::not_found, quoted(database.path()), " has no correction ", version);
  }
  const int64_t dim = select.integer(0), rank = select.integer(1);
  const auto size_of = [&](int column) { return static_cast<int64_t>(select.blob(column).size()); };
  CorrectionMap map;
  std::string problem;
  if (dim < 1 || dim > kMostDimensions || rank < 1 || rank > dim || size_of(2) != 4 * dim ||
      size_of(3) != 4 * dim * rank || size_of(4) != 4 * dim * rank) {
    problem = "its sizes disagree";
  } else {
    map.centre = floats_of(select.blob(2));
    map.inputs.rows = map.outputs.rows = rank;
    map.inputs.dim = map.outputs.dim = dim;
    map.inputs.values = floats_of(select.blob(3));
    map.outputs.values = floats_of(select.blob(4));
    problem = map_problem(map);
  }
  if (problem.empty()) return map;
  throw Error(ErrorCode::invalid_data, "correction ", version, " in ", quoted(database.path()),
              " is damaged: ", problem);
}

std::optional<int64_t> active_version(const Database& database, const std::string& fingerprint) {
  if (database.text("SELECT value FROM settings WHERE key = 'corrections'") == "off")
    return std::nullopt;
  Statement select = database.prepare("SELECT version FROM active WHERE fingerprint = ?");
  select.bind(1, fingerprint);
  if (!select.step()) return std::nullopt;
  return select.integer(0);
}

}  // namespace sightline::feedback
