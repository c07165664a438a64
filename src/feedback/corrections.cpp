#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/feedback.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "feedback/correction_record.h"
#include "feedback/feedback_database.h"
#include "feedback/judged_queries.h"
#include "feedback/learn_map.h"
#include "search/text_terms.h"

namespace sightline {
namespace {

using library::Database;

class LearnedCorrection : public TextCorrection {
 public:
  LearnedCorrection(int64_t version, std::string fingerprint, feedback::CorrectionMap map)
      : version_(version), fingerprint_(std::move(fingerprint)), map_(std::move(map)) {}

  int64_t version() const override { return version_; }
  const std::string& fingerprint() const override { return fingerprint_; }
  void apply(std::span<float> text) const override {
    if (text.size() != map_.centre.size()) {
      throw Error(ErrorCode::invalid_argument, "correction ", version_, " is for vectors of ",
                  map_.centre.size(), " elements, the text has ", text.size());
    }
    map_.apply(text);
  }

 private:
  int64_t version_;
  std::string fingerprint_;
  feedback::CorrectionMap map_;
};

void activate(Database& database, const std::string& fingerprint, int64_t version) {
  database.prepare("INSERT OR REPLACE INTO active VALUES (?, ?)")
      .bind(1, fingerprint)
      .bind(2, version)
      .run();
  database.execute("DELETE FROM settings WHERE key = 'corrections'");
}

void check_model(const Collection& collection, const Model& model) {
  if (collection.provenance())
    require_model(*collection.provenance(), model.info(), quoted(collection.path()));
  if (collection.vectors().dim() == model.info().embedding_dim) return;
  throw Error(ErrorCode::invalid_argument, quoted(collection.path()), " has vectors of ",
              collection.vectors().dim(), " elements, the model '", model.info().name, "' makes ",
              model.info().embedding_dim);
}

Matrix encode_background(const Model& model) {
  std::vector<std::string> ignored;
  return encode_text_terms(background_texts(), Encoder(model), {}, ignored).vectors;
}

}  // namespace

struct Corrections::Impl {
  explicit Impl(const std::filesystem::path& folder) : database(folder) {}

  // Calls fn in a transaction.
  template <typename Fn>
  void write(const Fn& fn) {
    database.write([&](Database& opened) {
      fn(opened);
      return 0;
    });
  }

  feedback::FeedbackDatabase database;
  // The members below are used by readers of the database only. `state`: its opening and SQLite's
  // data version, which changes with every other connection's commit, of `loaded`.
  std::pair<int64_t, int64_t> state{-1, -1};
  std::map<std::string, std::shared_ptr<const TextCorrection>> loaded;
};

Corrections::Corrections(const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>(folder)) {}
Corrections::Corrections(Corrections&&) noexcept = default;
Corrections& Corrections::operator=(Corrections&&) noexcept = default;
Corrections::~Corrections() = default;

CorrectionVersion Corrections::learn(const Judgements& judgements, const Collection& collection,
                                     const Model& model, const LearningOptions& options) {
  check_model(collection, model);
  const auto queries = feedback::judged_queries(judgements.list(), collection, model);
  const feedback::LearnedMap learned =
      feedback::learn_map(queries, encode_background(model), collection.vectors(), options);
  CorrectionVersion out;
  out.created_ms = feedback::now_ms();
  out.model = model.info().name;
  out.fingerprint = model.info().fingerprint;
  out.figures = learned.figures;
  if (!learned.figures.accepted) return out;
  impl_->write([&](Database& database) {
    out.version = feedback::add_correction(database, out, learned.map);
    activate(database, out.fingerprint, out.version);
  });
  out.active = true;
  return out;
}

std::vector<CorrectionVersion> Corrections::versions() const {
  return impl_->database.read(std::vector<CorrectionVersion>(), feedback::read_versions);
}

void Corrections::use(int64_t version) {
  const std::vector<CorrectionVersion> all = versions();
  const auto found = std::ranges::find(all, version, &CorrectionVersion::version);
  if (found == all.end()) {
    throw Error(ErrorCode::not_found, quoted(impl_->database.file()), " has no correction ",
                version);
  }
  impl_->write([&](Database& database) {
    feedback::read_map(database, version);  // refuses a damaged one
    activate(database, found->fingerprint, version);
  });
}

void Corrections::turn_off() {
  impl_->write([](Database& database) {
    database.execute("INSERT OR REPLACE INTO settings VALUES ('corrections', 'off')");
  });
}

bool Corrections::enabled() const {
  return impl_->database.read(true, [](const Database& database) {
    return database.text("SELECT value FROM settings WHERE key = 'corrections'") != "off";
  });
}

std::shared_ptr<const TextCorrection> Corrections::active(const std::string& fingerprint) const {
  using Correction = std::shared_ptr<const TextCorrection>;
  return impl_->database.read(Correction(), [&](const Database& database) -> Correction {
    const std::pair now(impl_->database.openings(), database.integer("PRAGMA data_version"));
    if (now != std::exchange(impl_->state, now)) impl_->loaded.clear();
    if (const auto known = impl_->loaded.find(fingerprint); known != impl_->loaded.end())
      return known->second;
    Correction correction;
    if (const auto version = feedback::active_version(database, fingerprint)) {
      correction = std::make_shared<LearnedCorrection>(*version, fingerprint,
                                                       feedback::read_map(database, *version));
    }
    impl_->loaded.emplace(fingerprint, correction);
    return correction;
  });
}

}  // namespace sightline
