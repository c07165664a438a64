#include "index/quantized_file.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <fstream>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/huge_pages.h"
#include "base/temporary_path.h"

namespace sightline::index {
namespace {

constexpr char kMagic[8] = {'s', 'l', '-', 'q', 'u', 'a', 'n', 't'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kMostSections = 8;
constexpr uint64_t kAlign = 4096;
constexpr uint32_t kBf16 = 1, kInt8 = 2;

// The rows of one type. Little endian, no padding, like Header.
struct Section {
  uint32_t type;
  uint32_t reserved;
  uint64_t data, scales, residuals, mean;  // offsets; 0: none
  double mean_norm, max_code_norm, max_residual;
  Digest factors;  // of scales, residuals and mean
};
static_assert(sizeof(Section) == 96);

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t sections;
  int64_t rows, dim;
  int64_t npy_size, npy_time_ns;
  Digest npy_digest;
  double max_norm;
  std::array<Section, kMostSections> section;
  Digest digest;  // of all before it
};
static_assert(sizeof(Header) == 88 + kMostSections * sizeof(Section) + 32 &&
              sizeof(Header) <= kAlign);

Digest header_digest(const Header& header) {
  return sha256(bytes_of(&header, 1).first(sizeof header - sizeof header.digest));
}

// SHA-256 of the SHA-256 of every 8 MiB, which all cores can compute.
Digest content_digest(std::span<const uint8_t> bytes) {
  const std::vector<Digest> digests = block_digests(bytes);
  return sha256(bytes_of(digests.data(), digests.size()));
}

RowType row_type(const Section& section) {
  return section.type == kInt8 ? RowType::i8 : RowType::bf16;
}

struct Sizes {
  uint64_t data, floats, mean;
};
Sizes sizes_of(RowType type, int64_t rows, int64_t dim) {
  return {static_cast<uint64_t>(rows * quantized_stride(type, dim)),
          static_cast<uint64_t>(rows) * 4,
          type == RowType::i8 ? static_cast<uint64_t>(dim) * 4 : 0};
}

Digest factors_digest(const QuantizedRows& rows_of_type, const Sizes& sizes) {
  Sha256 all;
  const bool codes = rows_of_type.type == RowType::i8;
  if (codes) all.update(bytes_of(rows_of_type.scales, sizes.floats / sizeof(float)));
  all.update(bytes_of(rows_of_type.residuals, sizes.floats / sizeof(float)));
  if (codes) all.update(bytes_of(rows_of_type.mean, sizes.mean / sizeof(float)));
  return all.digest();
}

// Sets `out` to the view of a section, or returns the problem with it.
std::optional<std::string> read_section(const Section& section, const Header& header,
                                        std::span<const uint8_t> file, QuantizedRows& out) {
  if (section.type != kBf16 && section.type != kInt8)
    return "it has rows of the unknown type " + std::to_string(section.type);
  const RowType type = row_type(section);
  const Sizes sizes = sizes_of(type, header.rows, header.dim);
  const auto inside = [&](uint64_t offset, uint64_t size) {
    return offset % 64 == 0 && offset >= sizeof(Header) && offset <= file.size() &&
           size <= file.size() - offset;
  };
  const bool codes = type == RowType::i8;
  if (!inside(section.data, sizes.data) || !inside(section.residuals, sizes.floats) ||
      (codes && (!inside(section.scales, sizes.floats) || !inside(section.mean, sizes.mean)))) {
    return "it is cut off";
  }
  const auto floats = [&](uint64_t offset) {
    return reinterpret_cast<const float*>(file.data() + offset);
  };
  out = {type,
         file.data() + section.data,
         codes ? floats(section.scales) : nullptr,
         floats(section.residuals),
         codes ? floats(section.mean) : nullptr,
         section.mean_norm,
         section.max_code_norm,
         section.max_residual};
  if (factors_digest(out, sizes) != section.factors) return "it is damaged";
  prefer_huge_pages({out.data, static_cast<size_t>(sizes.data)});
  return std::nullopt;
}

}  // namespace

std::optional<QuantizedFile> open_quantized_file(const std::filesystem::path& path,
                                                 const MappedFile& npy, int64_t rows, int64_t dim,
                                                 std::string& warning) {
  const auto ignore = [&](const std::string& why) {
    warning =
        "'" + path.string() + "' is not used: " + why + " ('sightline quantize' writes it again)";
    return std::nullopt;
  };
  std::optional<MappedFile> mapped;
  try {
    mapped.emplace(path);
  } catch (const Error& error) {  // a search can do without
    if (error.code() == ErrorCode::not_found) return std::nullopt;
    return ignore(error.what());
  }
  QuantizedFile out{std::move(*mapped), 0, {}};
  const auto file = out.file.bytes();
  Header header;
  if (file.size() < sizeof header || std::memcmp(file.data(), kMagic, sizeof kMagic) != 0) {
    return ignore("it is not a file of quantized vectors");
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.version != kVersion)
    return ignore("it has version " + std::to_string(header.version) + ", 1 is known");
  if (header.digest != header_digest(header) || header.sections > kMostSections)
    return ignore("it is damaged");
  const auto size = static_cast<int64_t>(npy.bytes().size());
  if (header.rows != rows || header.dim != dim || header.npy_size != size ||
      (header.npy_time_ns != npy.identity().mtime_ns &&
       header.npy_digest != content_digest(npy.bytes()))) {
    return ignore("'" + npy.path().string() + "' has changed since it was made");
  }
  out.max_norm = header.max_norm;
  for (uint32_t i = 0; i < header.sections; ++i) {
    QuantizedRows rows_of_type;
    if (const auto problem = read_section(header.section[i], header, file, rows_of_type))
      return ignore(*problem);
    out.rows.push_back(rows_of_type);
  }
  return out;
}

void write_quantized_file(const std::filesystem::path& path, const MappedFile& npy,
                          const FullRows& rows, std::span<const QuantizedRows> quantized) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.sections = static_cast<uint32_t>(quantized.size());
  header.rows = rows.rows;
  header.dim = rows.dim;
  header.npy_size = static_cast<int64_t>(npy.bytes().size());
  header.npy_time_ns = npy.identity().mtime_ns;
  // A file that changed just now may change again with the same time stamp (file systems count in
  // milliseconds): then only the digest identifies it.
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  constexpr int64_t kSettledNs = 100'000'000;
  if (int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec - header.npy_time_ns < kSettledNs)
    header.npy_time_ns = 0;
  header.npy_digest = content_digest(npy.bytes());
  header.max_norm = rows.max_norm;
  static constexpr uint8_t kZeros[kAlign] = {};
  std::vector<std::span<const uint8_t>> parts = {bytes_of(&header, 1)};
  uint64_t at = sizeof header;
  const auto append = [&](const void* data, uint64_t size) {
    const uint64_t begin = (at + kAlign - 1) / kAlign * kAlign;
    parts.push_back({kZeros, static_cast<size_t>(begin - at)});
    parts.push_back(bytes_of(static_cast<const uint8_t*>(data), size));
    at = begin + size;
    return begin;
  };
  for (size_t i = 0; i < quantized.size(); ++i) {
    const QuantizedRows& rows_of_type = quantized[i];
    const Sizes sizes = sizes_of(rows_of_type.type, rows.rows, rows.dim);
    Section& entry = header.section[i];
    entry.type = rows_of_type.type == RowType::i8 ? kInt8 : kBf16;
    entry.data = append(rows_of_type.data, sizes.data);
    const bool codes = rows_of_type.type == RowType::i8;
    if (codes) entry.scales = append(rows_of_type.scales, sizes.floats);
    entry.residuals = append(rows_of_type.residuals, sizes.floats);
    if (codes) entry.mean = append(rows_of_type.mean, sizes.mean);
    entry.mean_norm = rows_of_type.mean_norm;
    entry.max_code_norm = rows_of_type.max_code_norm;
    entry.max_residual = rows_of_type.max_residual;
    entry.factors = factors_digest(rows_of_type, sizes);
  }
  header.digest = header_digest(header);
  // The digest is of the mapped file, which may have been written to or replaced since.
  if (file_identity(npy.path()) != npy.identity()) {
    throw Error(ErrorCode::invalid_argument, "'", npy.path().string(),
                "' changed while its vectors were quantized: '", path.string(), "' is not written");
  }
  remove_leftovers(write_target(path));
  write_file_atomic(path, parts);
}

void check_quantized_target(const std::filesystem::path& path, const std::filesystem::path& npy) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (path.lexically_normal() == npy.lexically_normal() ||
      (fs::equivalent(path, npy, error) && !error)) {
    throw Error(ErrorCode::invalid_argument, "the quantized vectors of '", npy.string(),
                "' would replace the vectors: they are written to '", path.string(),
                "', so the vectors need another name, such as one in .npy");
  }
  const fs::path target = write_target(path);
  if (!fs::exists(target, error) || fs::file_size(target, error) == 0) return;
  char magic[sizeof kMagic] = {};
  std::ifstream file(target, std::ios::binary);
  if (!file)
    throw Error(ErrorCode::io, "cannot read '", path.string(),
                "', which quantized vectors would replace");
  file.read(magic, sizeof magic);
  if (std::memcmp(magic, kMagic, sizeof kMagic) != 0) {
    throw Error(ErrorCode::invalid_argument, "'", path.string(),
                "' is not a file of quantized vectors, and those of '", npy.string(),
                "' would replace it: move it away or rename the vectors");
  }
}

}  // namespace sightline::index
