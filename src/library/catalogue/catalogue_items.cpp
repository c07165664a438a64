#include <sightline/error.h>

#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "library/catalogue/catalogue.h"
#include "search/filter/text_match.h"

namespace sightline::library {
namespace {

void bind_text(Statement& statement, int parameter, const std::string& text) {
  if (text.empty()) {
    statement.bind_null(parameter);
  } else {
    statement.bind(parameter, text);
  }
}

// Parameters `first` to first + 7.
void bind_description(Statement& statement, int first, const ItemDescription& about) {
  statement.bind(first, about.taken);
  bind_text(statement, first + 1, about.camera);
  bind_text(statement, first + 2, about.lens);
  statement.bind(first + 3, about.latitude).bind(first + 4, about.longitude);
  statement.bind(first + 5, about.rating);
  bind_text(statement, first + 6, about.title);
  bind_text(statement, first + 7, about.fields.empty() ? "" : json_text(Json(about.fields)));
}

// Parameters `first` to first + 4.
void bind_stamp(Statement& statement, int first, const FileIdentity& stamp) {
  statement.bind(first, static_cast<int64_t>(stamp.device));
  statement.bind(first + 1, static_cast<int64_t>(stamp.inode));
  statement.bind(first + 2, stamp.size).bind(first + 3, stamp.mtime_ns);
  statement.bind(first + 4, stamp.ctime_ns);
}

std::vector<ItemRecord> all_items(Statement& select) {
  std::vector<ItemRecord> out;
  while (select.step()) out.push_back(item_of_row(select));
  select.reset();
  return out;
}

// Takes a string without escapes and the character after it from the beginning of `json`. Returns
// whether there is one.
bool take_plain_string(std::string_view& json, std::string_view& text, char& after) {
  if (json.empty() || json.front() != '"') return false;
  size_t end = 1;
  while (end < json.size() && json[end] != '"') {
    if (json[end] == '\\' || static_cast<unsigned char>(json[end]) < ' ') return false;
    ++end;
  }
  if (end + 1 >= json.size()) return false;
  text = json.substr(1, end - 1);
  after = json[end + 1];
  json.remove_prefix(end + 2);
  return true;
}

// An object of strings without escapes and white space, as json_text writes most of them. Filters
// on columns read one for each row of a data set, without the tree that the full parser makes.
// Empty: the full parser must read it.
std::optional<std::map<std::string, std::string>> parse_plain_fields(std::string_view json) {
  if (!json.starts_with('{')) return std::nullopt;
  json.remove_prefix(1);
  std::map<std::string, std::string> out;
  for (;;) {
    std::string_view key, value;
    char colon = 0, after = 0;
    if (!take_plain_string(json, key, colon) || colon != ':' ||
        !take_plain_string(json, value, after))
      return std::nullopt;
    out.insert_or_assign(std::string(key), std::string(value));
    if (after == '}' && json.empty()) return out;
    if (after != ',') return std::nullopt;
  }
}

}  // namespace

FileIdentity stamp_of_row(const Statement& row, int first) {
  return {static_cast<uint64_t>(row.integer(first)), static_cast<uint64_t>(row.integer(first + 1)),
          row.integer(first + 2), row.integer(first + 3), row.integer(first + 4)};
}

std::map<std::string, std::string> parse_fields(std::string_view json) {
  if (auto plain = parse_plain_fields(json)) return std::move(*plain);
  std::map<std::string, std::string> out;
  constexpr int kDepth = 4;
  const JsonParse fields = try_parse_json(json, kDepth);
  if (!fields.problem.empty() || !fields.value.is_object()) return out;
  for (const auto& [key, value] : fields.value.items()) {
    if (value.is_string()) out[key] = value.get<std::string>();
  }
  return out;
}

ItemRecord item_of_row(const Statement& row) {
  ItemRecord out;
  out.id = row.integer(0);
  out.source = row.integer(1);
  out.split = row.text(2);
  out.path = row.text(3);
  out.content = row.integer(4);
  out.stamp = stamp_of_row(row, 5);
  out.sidecars = row.text(10);
  out.about.taken = row.optional_integer(11);
  out.about.camera = row.text(12);
  out.about.lens = row.text(13);
  out.about.latitude = row.optional_real(14);
  out.about.longitude = row.optional_real(15);
  out.about.rating = row.optional_integer(16);
  out.about.title = row.text(17);
  out.born_ns = row.integer(18);
  return out;
}

int64_t Catalogue::put_item(const ItemRecord& item) {
  Statement& insert = prepared(
      prepared_.put_item,
      "INSERT INTO items(source, split, path, content, device, inode, size, mtime, ctime, "
      "sidecars, taken, camera, lens, latitude, longitude, rating, title, fields, born) VALUES (?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(source, split, path) DO "
      "UPDATE SET content = excluded.content, device = excluded.device, inode = excluded.inode, "
      "size = excluded.size, mtime = excluded.mtime, ctime = excluded.ctime, sidecars = "
      "excluded.sidecars, taken = excluded.taken, camera = excluded.camera, lens = excluded.lens, "
      "latitude = excluded.latitude, longitude = excluded.longitude, rating = excluded.rating, "
      "title = excluded.title, fields = excluded.fields, born = excluded.born RETURNING id");
  insert.bind(1, item.source).bind(2, item.split).bind_blob(3, bytes_of(item.path));
  if (item.content == 0) {
    insert.bind_null(4);
  } else {
    insert.bind(4, item.content);
  }
  bind_stamp(insert, 5, item.stamp);
  insert.bind(10, item.sidecars);
  bind_description(insert, 11, item.about);
  insert.bind(19, item.born_ns);
  insert.step();
  const int64_t id = insert.integer(0);
  insert.reset();
  replace_texts(id, item.about);
  return id;
}

void Catalogue::set_stamp(int64_t item, const FileIdentity& stamp) {
  Statement& update = prepared(
      prepared_.set_stamp,
      "UPDATE items SET device = ?, inode = ?, size = ?, mtime = ?, ctime = ? WHERE id = ?");
  bind_stamp(update, 1, stamp);
  update.bind(6, item).run();
}

void Catalogue::set_path(int64_t item, std::string_view path, const FileIdentity& stamp) {
  prepared(prepared_.set_path, "UPDATE items SET path = ? WHERE id = ?")
      .bind_blob(1, bytes_of(path))
      .bind(2, item)
      .run();
  set_stamp(item, stamp);
}

int64_t Catalogue::remove_item(int64_t item) {
  Statement& select = prepared(prepared_.content_of, "SELECT content FROM items WHERE id = ?");
  const int64_t content = select.bind(1, item).step() ? select.integer(0) : 0;
  select.reset();
  remove_texts(item);
  clear_failure(item);
  prepared(prepared_.remove_item, "DELETE FROM items WHERE id = ?").bind(1, item).run();
  return content;
}

std::optional<ItemRecord> Catalogue::find_item(int64_t source, std::string_view split,
                                               std::string_view path) {
  static const std::string kSql = std::string("SELECT ") + kItemColumns +
                                  " FROM items WHERE source = ? AND split = ? AND path = ?";
  Statement& select = prepared(prepared_.find_item, kSql.c_str());
  select.bind(1, source).bind(2, split).bind_blob(3, bytes_of(path));
  std::vector<ItemRecord> found = all_items(select);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<int64_t> Catalogue::items_except(
    int64_t source, const std::set<std::pair<std::string, std::string>>& seen) {
  Statement select = database_.prepare("SELECT id, split, path FROM items WHERE source = ?");
  select.bind(1, source);
  std::vector<int64_t> out;
  while (select.step()) {
    if (!seen.contains({select.text(1), select.text(2)})) out.push_back(select.integer(0));
  }
  return out;
}

std::vector<ItemRecord> Catalogue::files_like(const FileIdentity& stamp) {
  static const std::string kSql =
      std::string("SELECT ") + kItemColumns +
      " FROM items WHERE inode = ? AND size = ? AND mtime = ? AND source = 1 LIMIT 100";
  Statement& select = prepared(prepared_.files_like, kSql.c_str());
  select.bind(1, static_cast<int64_t>(stamp.inode)).bind(2, stamp.size).bind(3, stamp.mtime_ns);
  return all_items(select);
}

std::vector<ItemRecord> Catalogue::items_of(int64_t content) {
  static const std::string kSql =
      std::string("SELECT ") + kItemColumns + " FROM items WHERE content = ? ORDER BY path";
  Statement& select = prepared(prepared_.items_of, kSql.c_str());
  select.bind(1, content);
  return all_items(select);
}

std::vector<std::string> Catalogue::tags_of(int64_t item) {
  Statement& tags = prepared(prepared_.tags_of, "SELECT tag FROM tags WHERE item = ? ORDER BY tag");
  tags.bind(1, item);
  std::vector<std::string> out;
  while (tags.step()) out.push_back(tags.text(0));
  tags.reset();
  return out;
}

ItemDescription Catalogue::description(int64_t item) {
  ItemDescription out;
  Statement& captions =
      prepared(prepared_.captions_of, "SELECT id, text FROM captions WHERE item = ? ORDER BY id");
  captions.bind(1, item);
  while (captions.step()) out.captions.push_back(captions.text(1));
  captions.reset();
  out.tags = tags_of(item);
  Statement& row =
      prepared(prepared_.description,
               "SELECT taken, camera, lens, latitude, longitude, rating, title, fields FROM items "
               "WHERE id = ?");
  if (row.bind(1, item).step()) {
    out.taken = row.optional_integer(0);
    out.camera = row.text(1);
    out.lens = row.text(2);
    out.latitude = row.optional_real(3);
    out.longitude = row.optional_real(4);
    out.rating = row.optional_integer(5);
    out.title = row.text(6);
    if (!row.is_null(7)) out.fields = parse_fields(row.text(7));
  }
  row.reset();
  return out;
}

void Catalogue::replace_texts(int64_t item, const ItemDescription& about) {
  remove_texts(item);
  for (const std::string& caption : about.captions) {
    Statement& insert =
        prepared(prepared_.add_caption,
                 "INSERT INTO captions(item, text, words) VALUES (?, ?, ?) RETURNING id");
    const std::string words = filter::folded_words(caption);
    insert.bind(1, item).bind(2, caption).bind(3, words).step();
    const int64_t id = insert.integer(0);
    insert.reset();
    prepared(prepared_.add_words, "INSERT INTO caption_words(rowid, words) VALUES (?, ?)")
        .bind(1, id)
        .bind(2, words)
        .run();
  }
  for (const std::string& tag : about.tags) {
    prepared(prepared_.add_tag, "INSERT OR IGNORE INTO tags VALUES (?, ?)")
        .bind(1, item)
        .bind(2, tag)
        .run();
  }
}

void Catalogue::remove_texts(int64_t item) {
  Statement& captions =
      prepared(prepared_.words_of, "SELECT id, words FROM captions WHERE item = ?");
  captions.bind(1, item);
  std::vector<std::pair<int64_t, std::string>> found;
  while (captions.step()) found.emplace_back(captions.integer(0), captions.text(1));
  captions.reset();
  for (const auto& [id, words] : found) {
    prepared(prepared_.remove_words,
             "INSERT INTO caption_words(caption_words, rowid, words) VALUES ('delete', ?, ?)")
        .bind(1, id)
        .bind(2, words)
        .run();
  }
  if (!found.empty())
    prepared(prepared_.remove_captions, "DELETE FROM captions WHERE item = ?").bind(1, item).run();
  prepared(prepared_.remove_tags, "DELETE FROM tags WHERE item = ?").bind(1, item).run();
}

}  // namespace sightline::library
