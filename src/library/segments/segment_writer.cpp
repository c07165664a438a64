#include <fcntl.h>
#include <sightline/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/finite.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "library/segments/segment.h"
#include "library/segments/segment_header.h"
#include "tensor/tensor.h"

namespace sightline::library {
namespace {

constexpr size_t kBufferBytes = size_t{4} << 20;

uint64_t aligned(uint64_t at) {
  return (at + kSegmentAlign - 1) / kSegmentAlign * kSegmentAlign;
}

}  // namespace

struct SegmentWriter::Impl {
  TemporaryPath temporary;
  int64_t dim;
  ElementType element;
  std::vector<uint8_t> buffer;  // rows that are not written yet
  uint64_t written = kSegmentAlign;

  [[noreturn]] void fail() const {
    throw Error(ErrorCode::io, "cannot write ", quoted(temporary.target()), ": ",
                std::strerror(errno));
  }

  void write_at(uint64_t offset, std::span<const uint8_t> bytes) const {
    while (!bytes.empty()) {
      const ssize_t done =
          ::pwrite(temporary.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) fail();
      bytes = bytes.subspan(static_cast<size_t>(done));
      offset += static_cast<uint64_t>(done);
    }
  }

  void flush() {
    write_at(written, buffer);
    written += buffer.size();
    buffer.clear();
  }

  // The vectors as f32: in the mapped file, or widened into `widened`.
  index::FullRows rows_of(const MappedFile& file, int64_t rows, std::vector<float>& widened) const {
    const uint8_t* data = file.bytes().data() + kSegmentAlign;
    const float* values = reinterpret_cast<const float*>(data);
    if (element == ElementType::f16) {
      widened.resize(static_cast<size_t>(rows * dim));
      const auto* halves = reinterpret_cast<const uint16_t*>(data);
      for (size_t i = 0; i < widened.size(); ++i) widened[i] = half_to_float(halves[i]);
      values = widened.data();
    }
    return {values, rows, dim,
            index::checked_max_norm(values, rows, dim, quoted(temporary.target()))};
  }
};

SegmentWriter::SegmentWriter(const std::filesystem::path& path, int64_t dim, ElementType element)
    : impl_(new Impl{{path, TemporaryPath::Kind::file}, dim, element, {}}) {}

SegmentWriter::~SegmentWriter() = default;

void SegmentWriter::add(std::span<const float> vector, int64_t content) {
  std::vector<uint8_t>& buffer = impl_->buffer;
  const size_t begin = buffer.size();
  if (impl_->element == ElementType::f32) {
    const auto bytes = bytes_of(vector);
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
  } else {
    buffer.resize(begin + vector.size() * sizeof(uint16_t));
    auto* halves = reinterpret_cast<uint16_t*>(buffer.data() + begin);
    for (size_t d = 0; d < vector.size(); ++d) halves[d] = float_to_half(vector[d]);
  }
  contents_.push_back(content);
  if (buffer.size() >= kBufferBytes) impl_->flush();
}

Digest SegmentWriter::close() {
  Impl& impl = *impl_;
  impl.flush();
  SegmentHeader header{};
  std::memcpy(header.magic, kSegmentMagic, sizeof kSegmentMagic);
  header.version = kSegmentVersion;
  header.element = impl.element == ElementType::f32 ? 1 : 2;
  header.rows = rows();
  header.dim = impl.dim;
  const MappedFile file(impl.temporary.path());
  std::vector<float> widened;
  const index::FullRows full = impl.rows_of(file, rows(), widened);
  const index::OwnedQuantizedRows codes = index::quantize(full, index::RowType::i8);
  header.max_norm = full.max_norm;
  header.mean_norm = codes.mean_norm;
  header.max_code_norm = codes.max_code_norm;
  header.max_residual = codes.max_residual;
  const std::array<std::span<const uint8_t>, kSections> sections = {
      file.bytes().subspan(kSegmentAlign),
      codes.data,
      bytes_of(codes.scales.data(), codes.scales.size()),
      bytes_of(codes.residuals.data(), codes.residuals.size()),
      bytes_of(codes.mean.data(), codes.mean.size()),
      bytes_of(contents_.data(), contents_.size())};
  uint64_t at = kSegmentAlign;
  for (size_t i = 0; i < kSections; ++i) {
    header.section[i].offset = at;
    header.section[i].size = sections[i].size();
    const auto digests = block_digests(sections[i]);
    header.section[i].digest = sha256(bytes_of(digests.data(), digests.size()));
    if (i > 0) impl.write_at(at, sections[i]);
    at = aligned(at + sections[i].size());
  }
  header.digest = header_digest(header);
  impl.write_at(0, bytes_of(&header, 1));
  if (::fsync(impl.temporary.descriptor()) != 0) impl.fail();
  impl.temporary.commit();
  sync_folder(impl.temporary.target().parent_path());
  return header.digest;
}

}  // namespace sightline::library
