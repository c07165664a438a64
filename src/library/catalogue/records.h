// Rows of a catalogue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "library/segments/segment.h"

namespace sightline::library {

// The source of all files; others are data sets and vector sets.
inline constexpr int64_t kFiles = 1;

// A distinct image.
struct ContentRecord {
  int64_t id = 0;
  std::optional<Digest> sha256;  // empty: only its vector is known
  std::string format;            // empty: not decoded
  int64_t width = 0, height = 0;
  uint64_t hash = 0;  // perceptual hash
};

// Description of an image by its metadata, its sidecars or its data set.
struct ItemDescription {
  std::optional<int64_t> taken;  // seconds of the civil time since 1970
  std::string camera, lens, title;
  std::optional<double> latitude, longitude;  // degrees
  std::optional<int64_t> rating;
  std::vector<std::string> tags, captions;
  std::map<std::string, std::string> fields;  // other columns of a data set
  bool operator==(const ItemDescription&) const = default;
};

// A file, or a row of a data set.
struct ItemRecord {
  int64_t id = 0;
  int64_t source = kFiles;
  std::string split;
  std::string path;         // of a file: absolute, as raw bytes; else the row's id
  int64_t content = 0;      // 0: it could not be read
  FileIdentity stamp = {};  // of a file
  int64_t born_ns = 0;      // time of its creation; 0: unknown
  std::string sidecars;     // sizes and times of its sidecars
  ItemDescription about;
};

struct FailureRecord {
  std::string path, reason;
  int64_t attempts = 0;
  int64_t failed = 0, retry = 0;  // seconds since 1970
};

struct ModelRecord {
  int64_t id = 0;
  std::string name, spec, fingerprint, preprocessing, backend, device, precision;
  int64_t dim = 0;
  ElementType element = ElementType::f32;
};

struct SegmentRecord {
  int64_t id = 0, model = 0, rows = 0, dead = 0;
  std::vector<uint64_t> tombstones;  // bit i % 64 of word i / 64: row i is dead; empty: none
  Digest digest{};
};

inline bool is_dead(const SegmentRecord& segment, int64_t row) {
  return !segment.tombstones.empty() &&
         (segment.tombstones[static_cast<size_t>(row / 64)] >> (row % 64) & 1) != 0;
}

// The row must not be dead yet.
inline void set_dead(SegmentRecord& segment, int64_t row) {
  if (segment.tombstones.empty())
    segment.tombstones.resize(static_cast<size_t>((segment.rows + 63) / 64));
  segment.tombstones[static_cast<size_t>(row / 64)] |= uint64_t{1} << (row % 64);
  ++segment.dead;
}

struct SourceRecord {
  int64_t id = 0;
  std::string kind, path, options;
};

}  // namespace sightline::library
