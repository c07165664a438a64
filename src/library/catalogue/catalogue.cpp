#include "library/catalogue/catalogue.h"

#include <openssl/rand.h>
#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
#include "library/catalogue/schema.h"

namespace sightline::library {
namespace {

std::string new_uuid() {
  std::array<uint8_t, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw Error(ErrorCode::internal, "OpenSSL provides no random numbers");
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) out += {kHex[byte >> 4], kHex[byte & 15]};
  return out;
}

Digest digest_of(std::span<const uint8_t> blob) {
  Digest out{};
  std::copy_n(blob.data(), std::min(blob.size(), out.size()), out.begin());
  return out;
}

}  // namespace

Catalogue::Catalogue(const std::filesystem::path& file, Database::Mode mode)
    : database_(file, mode) {
  check_schema(database_);
}

void Catalogue::create(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored))
    throw Error(ErrorCode::invalid_argument, quoted(file), " exists already");
  Database database(file, Database::Mode::create);
  create_schema(database, new_uuid());
  // Closing would do the same, but without an error if the disk is full.
  database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Statement& Catalogue::prepared(std::optional<Statement>& statement, const char* sql) {
  if (!statement) {
    statement = database_.prepare(sql);
  } else {
    statement->reset();
  }
  return *statement;
}

std::string Catalogue::setting(const std::string& key) const {
  Statement select = database_.prepare("SELECT value FROM settings WHERE key = ?");
  select.bind(1, key);
  return select.step() ? select.text(0) : "";
}

void Catalogue::set_setting(const std::string& key, const std::string& value) {
  database_.prepare("INSERT OR REPLACE INTO settings VALUES (?, ?)")
      .bind(1, key)
      .bind(2, value)
      .run();
}

int64_t Catalogue::active_model() const {
  const std::string id = setting("active_model");
  return std::strtoll(id.c_str(), nullptr, 10);
}

void Catalogue::set_active_model(int64_t model) {
  set_setting("active_model", std::to_string(model));
}

int64_t Catalogue::find_content(const Digest& sha256) {
  Statement& select = prepared(prepared_.find_content, "SELECT id FROM contents WHERE sha256 = ?");
  select.bind_blob(1, sha256);
  const int64_t id = select.step() ? select.integer(0) : 0;
  select.reset();
  return id;
}

int64_t Catalogue::add_content(const ContentRecord& content) {
  Statement& insert =
      prepared(prepared_.add_content, "INSERT INTO contents(sha256) VALUES (?) RETURNING id");
  if (content.sha256) {
    insert.bind_blob(1, *content.sha256);
  } else {
    insert.bind_null(1);
  }
  insert.step();
  const int64_t id = insert.integer(0);
  insert.reset();
  if (!content.format.empty()) describe_content(id, content);
  return id;
}

void Catalogue::describe_content(int64_t id, const ContentRecord& content) {
  prepared(prepared_.describe_content,
           "UPDATE contents SET format = ?, width = ?, height = ?, hash = ? WHERE id = ?")
      .bind(1, content.format)
      .bind(2, content.width)
      .bind(3, content.height)
      .bind(4, static_cast<int64_t>(content.hash))
      .bind(5, id)
      .run();
}

std::optional<ContentRecord> Catalogue::content(int64_t id) {
  Statement& select = prepared(
      prepared_.content, "SELECT sha256, format, width, height, hash FROM contents WHERE id = ?");
  std::optional<ContentRecord> out;
  if (select.bind(1, id).step()) {
    out.emplace();
    out->id = id;
    if (!select.is_null(0)) out->sha256 = digest_of(select.blob(0));
    out->format = select.text(1);
    out->width = select.integer(2);
    out->height = select.integer(3);
    out->hash = static_cast<uint64_t>(select.integer(4));
  }
  select.reset();
  return out;
}

std::optional<uint64_t> Catalogue::perceptual_hash(int64_t content) {
  Statement& select = prepared(prepared_.perceptual_hash,
                               "SELECT hash FROM contents WHERE id = ? AND format IS NOT NULL");
  std::optional<uint64_t> hash;
  if (select.bind(1, content).step()) hash = static_cast<uint64_t>(select.integer(0));
  select.reset();
  return hash;
}

int64_t Catalogue::last_content() const {
  const int64_t last = database_.integer("SELECT max(id) FROM contents");
  constexpr int64_t kMost = int64_t{1} << 31;
  if (last < 0 || last >= kMost)
    throw Error(ErrorCode::invalid_data, "the catalogue ", quoted(database_.path()),
                " is damaged: it has an image of number ", last);
  return last;
}

int64_t Catalogue::contents_added() const {
  return database_.integer("SELECT seq FROM sqlite_sequence WHERE name = 'contents'");
}

void Catalogue::remove_content(int64_t id) {
  prepared(prepared_.remove_content, "DELETE FROM contents WHERE id = ?").bind(1, id).run();
}

bool Catalogue::is_used(int64_t content) {
  Statement& select = prepared(prepared_.is_used, "SELECT 1 FROM items WHERE content = ? LIMIT 1");
  const bool used = select.bind(1, content).step();
  select.reset();
  return used;
}

void Catalogue::set_failure(int64_t item, const std::string& reason, int64_t now, int64_t retry) {
  prepared(prepared_.set_failure,
           "INSERT INTO failures VALUES (?1, ?2, 1, ?3, ?4) ON CONFLICT(item) DO UPDATE SET "
           "reason = ?2, attempts = attempts + 1, failed = ?3, retry = ?4")
      .bind(1, item)
      .bind(2, reason)
      .bind(3, now)
      .bind(4, retry)
      .run();
}

void Catalogue::clear_failure(int64_t item) {
  prepared(prepared_.clear_failure, "DELETE FROM failures WHERE item = ?").bind(1, item).run();
}

std::optional<FailureRecord> Catalogue::failure(int64_t item) {
  Statement& select = prepared(
      prepared_.failure, "SELECT reason, attempts, failed, retry FROM failures WHERE item = ?");
  std::optional<FailureRecord> out;
  if (select.bind(1, item).step())
    out = {"", select.text(0), select.integer(1), select.integer(2), select.integer(3)};
  select.reset();
  return out;
}

std::vector<FailureRecord> Catalogue::failures() const {
  Statement select = database_.prepare(
      "SELECT path, reason, attempts, failed, retry FROM failures JOIN items ON items.id = item "
      "ORDER BY path");
  std::vector<FailureRecord> out;
  while (select.step())
    out.push_back(
        {select.text(0), select.text(1), select.integer(2), select.integer(3), select.integer(4)});
  return out;
}

std::vector<ModelRecord> Catalogue::models() const {
  Statement select = database_.prepare(
      "SELECT id, name, spec, fingerprint, preprocessing, backend, device, precision, dim, element "
      "FROM models ORDER BY id");
  std::vector<ModelRecord> out;
  while (select.step()) {
    const std::string element = select.text(9);
    const bool f16 = element == element_name(ElementType::f16);
    if (select.integer(8) < 1 || (!f16 && element != element_name(ElementType::f32))) {
      throw Error(ErrorCode::invalid_data, "the catalogue ", quoted(database_.path()),
                  " is damaged: it has an impossible model ", select.integer(0));
    }
    out.push_back({select.integer(0), select.text(1), select.text(2), select.text(3),
                   select.text(4), select.text(5), select.text(6), select.text(7),
                   select.integer(8), f16 ? ElementType::f16 : ElementType::f32});
  }
  return out;
}

int64_t Catalogue::add_model(const ModelRecord& model) {
  Statement insert = database_.prepare(
      "INSERT INTO models(name, spec, fingerprint, preprocessing, backend, device, precision, dim, "
      "element) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
  insert.bind(1, model.name).bind(2, model.spec).bind(3, model.fingerprint);
  insert.bind(4, model.preprocessing).bind(5, model.backend).bind(6, model.device);
  insert.bind(7, model.precision).bind(8, model.dim).bind(9, element_name(model.element));
  insert.step();
  return insert.integer(0);
}

void Catalogue::remove_model(int64_t model) {
  database_.prepare("DELETE FROM segments WHERE model = ?").bind(1, model).run();
  database_.prepare("DELETE FROM models WHERE id = ?").bind(1, model).run();
}

std::vector<SegmentRecord> Catalogue::segments(int64_t model) const {
  Statement select = database_.prepare(
      "SELECT id, rows, dead, tombstones, digest FROM segments WHERE model = ? ORDER BY id");
  select.bind(1, model);
  std::vector<SegmentRecord> out;
  while (select.step()) {
    SegmentRecord& segment = out.emplace_back();
    segment.id = select.integer(0);
    segment.model = model;
    segment.rows = select.integer(1);
    segment.dead = select.integer(2);
    const auto bits = select.blob(3);
    if (segment.rows < 1 || segment.dead < 0 || segment.dead > segment.rows ||
        (!bits.empty() && bits.size() != static_cast<size_t>((segment.rows + 63) / 64 * 8))) {
      throw Error(ErrorCode::invalid_data, "the catalogue ", quoted(database_.path()),
                  " is damaged: it has an impossible segment ", segment.id);
    }
    segment.tombstones.resize(bits.size() / 8);
    std::copy(bits.begin(), bits.end(), reinterpret_cast<uint8_t*>(segment.tombstones.data()));
    segment.digest = digest_of(select.blob(4));
  }
  return out;
}

void Catalogue::add_segment(const SegmentRecord& segment) {
  Statement insert = database_.prepare("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)");
  insert.bind(1, segment.id).bind(2, segment.model).bind(3, segment.rows).bind(4, segment.dead);
  if (segment.tombstones.empty()) {
    insert.bind_null(5);
  } else {
    insert.bind_blob(5, bytes_of(segment.tombstones.data(), segment.tombstones.size()));
  }
  insert.bind_blob(6, segment.digest).run();
}

void Catalogue::set_tombstones(const SegmentRecord& segment) {
  database_.prepare("UPDATE segments SET dead = ?, tombstones = ? WHERE id = ?")
      .bind(1, segment.dead)
      .bind_blob(2, bytes_of(segment.tombstones.data(), segment.tombstones.size()))
      .bind(3, segment.id)
      .run();
}

void Catalogue::remove_segment(int64_t segment) {
  database_.prepare("DELETE FROM segments WHERE id = ?").bind(1, segment).run();
}

int64_t Catalogue::last_segment() const {
  // The counter may be damaged; a used number would overwrite a segment.
  return std::max({int64_t{0}, database_.integer("SELECT max(id) FROM segments"),
                   database_.integer("SELECT seq FROM sqlite_sequence WHERE name = 'segments'")});
}

std::vector<SourceRecord> Catalogue::sources() const {
  Statement select = database_.prepare("SELECT id, kind, path, options FROM sources ORDER BY id");
  std::vector<SourceRecord> out;
  while (select.step())
    out.push_back({select.integer(0), select.text(1), select.text(2), select.text(3)});
  return out;
}

int64_t Catalogue::add_source(const SourceRecord& source) {
  Statement insert = database_.prepare(
      "INSERT INTO sources(kind, path, options) VALUES (?, ?, ?) ON CONFLICT(kind, path) DO UPDATE "
      "SET options = excluded.options RETURNING id");
  insert.bind(1, source.kind).bind_blob(2, bytes_of(source.path)).bind(3, source.options);
  insert.step();
  return insert.integer(0);
}

std::vector<std::pair<std::string, std::string>> Catalogue::roots() const {
  Statement select = database_.prepare("SELECT path, options FROM roots ORDER BY path");
  std::vector<std::pair<std::string, std::string>> out;
  while (select.step()) out.emplace_back(select.text(0), select.text(1));
  return out;
}

void Catalogue::add_root(std::string_view path, const std::string& options) {
  database_.prepare("INSERT OR REPLACE INTO roots VALUES (?, ?)")
      .bind_blob(1, bytes_of(path))
      .bind(2, options)
      .run();
}

void Catalogue::remove_root(std::string_view path) {
  database_.prepare("DELETE FROM roots WHERE path = ?").bind_blob(1, bytes_of(path)).run();
}

}  // namespace sightline::library
