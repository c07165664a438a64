// The catalogue of a library: reads and writes its tables.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "library/catalogue/database.h"
#include "library/catalogue/records.h"

namespace sightline::library {

// The columns of `items` that item_of_row reads, which must be the first of a statement.
inline constexpr const char* kItemColumns =
    "id, source, split, path, content, device, inode, size, mtime, ctime, sidecars, taken, camera, "
    "lens, latitude, longitude, rating, title, born";
// The columns device, inode, size, mtime and ctime, from column `first`.
FileIdentity stamp_of_row(const Statement& row, int first);
// Without captions, tags and fields.
ItemRecord item_of_row(const Statement& row);

// The other columns of a data set's row, from the column `fields`; none if that is damaged.
std::map<std::string, std::string> parse_fields(std::string_view json);

// Not thread-safe. Functions throw what Database::execute throws. Changes are made in a transaction
// of the caller.
class Catalogue {
 public:
  // Opens an existing catalogue; throws also what check_schema throws.
  Catalogue(const std::filesystem::path& file, Database::Mode mode);
  // Creates one, and leaves all of it in this file. Throws invalid_argument if the file exists.
  static void create(const std::filesystem::path& file);

  Database& database() { return database_; }
  const Database& database() const { return database_; }

  std::string setting(const std::string& key) const;  // empty: not set
  void set_setting(const std::string& key, const std::string& value);
  int64_t active_model() const;  // 0: none
  void set_active_model(int64_t model);

  // Contents.
  int64_t find_content(const Digest& sha256);  // 0: none
  int64_t add_content(const ContentRecord& content);
  void describe_content(int64_t id, const ContentRecord& content);  // format, size and hash
  std::optional<ContentRecord> content(int64_t id);
  // The largest id of a content. Throws invalid_data if it is larger than any library can have.
  int64_t last_content() const;
  int64_t contents_added() const;                            // those that were removed included
  std::optional<uint64_t> perceptual_hash(int64_t content);  // of an image that was decoded
  void remove_content(int64_t id);
  // Whether an item has this content.
  bool is_used(int64_t content);

  // Items.
  // Inserts the item, or replaces the one with the same source, split and path. Returns its id.
  int64_t put_item(const ItemRecord& item);
  void set_stamp(int64_t item, const FileIdentity& stamp);
  void set_path(int64_t item, std::string_view path, const FileIdentity& stamp);
  // Returns the item's content, 0 if it has none.
  int64_t remove_item(int64_t item);
  std::optional<ItemRecord> find_item(int64_t source, std::string_view split,
                                      std::string_view path);
  // Items of a source whose split and path are not in `seen`.
  std::vector<int64_t> items_except(int64_t source,
                                    const std::set<std::pair<std::string, std::string>>& seen);
  // Files with this inode, size and time of change: candidates of a move.
  std::vector<ItemRecord> files_like(const FileIdentity& stamp);
  // All of these read what the item's row has, without captions and tags.
  std::vector<ItemRecord> items_of(int64_t content);
  // The captions, tags and other fields of an item.
  ItemDescription description(int64_t item);
  std::vector<std::string> tags_of(int64_t item);

  // Failures.
  void set_failure(int64_t item, const std::string& reason, int64_t now, int64_t retry);
  void clear_failure(int64_t item);
  std::optional<FailureRecord> failure(int64_t item);
  std::vector<FailureRecord> failures() const;

  // Models, segments, sources.
  std::vector<ModelRecord> models() const;
  int64_t add_model(const ModelRecord& model);
  void remove_model(int64_t model);
  std::vector<SegmentRecord> segments(int64_t model) const;
  void add_segment(const SegmentRecord& segment);
  void set_tombstones(const SegmentRecord& segment);
  void remove_segment(int64_t segment);
  int64_t last_segment() const;  // largest id that was ever given
  std::vector<SourceRecord> sources() const;
  int64_t add_source(const SourceRecord& source);                  // or its id, if it exists
  std::vector<std::pair<std::string, std::string>> roots() const;  // path, options
  void add_root(std::string_view path, const std::string& options);
  void remove_root(std::string_view path);

 private:
  Statement& prepared(std::optional<Statement>& statement, const char* sql);
  void replace_texts(int64_t item, const ItemDescription& about);
  void remove_texts(int64_t item);

  Database database_;
  struct Prepared {
    std::optional<Statement> find_content, content, add_content, describe_content, perceptual_hash,
        is_used, remove_content, put_item, set_stamp, set_path, content_of, remove_item, find_item,
        files_like, items_of, set_failure, clear_failure, failure, add_caption, add_words,
        captions_of, words_of, remove_words, remove_captions, add_tag, tags_of, remove_tags,
        description;
  };
  Prepared prepared_;
};

}  // namespace sightline::library
