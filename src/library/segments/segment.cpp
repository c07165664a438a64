#include "library/segments/segment.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "base/huge_pages.h"
#include "base/text.h"
#include "library/segments/segment_header.h"
#include "tensor/tensor.h"

namespace sightline::library {
namespace {

[[noreturn]] void refuse(const MappedFile& file, const std::string& problem) {
  throw Error(ErrorCode::invalid_data, "the segment ", quoted(file.path()), " ", problem);
}

SegmentHeader checked_header(const MappedFile& file, const Digest& digest) {
  SegmentHeader header;
  const auto bytes = file.bytes();
  if (bytes.size() < sizeof header || std::memcmp(bytes.data(), kSegmentMagic, 8) != 0)
    refuse(file, "is not a segment of vectors");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.version != kSegmentVersion) {
    throw Error(ErrorCode::unsupported, "the segment ", quoted(file.path()), " has version ",
                header.version, "; this program reads version ", kSegmentVersion);
  }
  if (header.digest != header_digest(header)) refuse(file, "has a damaged header");
  if (header.digest != digest)
    refuse(file, "is not the one that the catalogue names: files were swapped or restored");
  const SectionSizes sizes = section_sizes(header);
  if (!sizes) refuse(file, "has sizes that are not possible");
  for (size_t i = 0; i < kSections; ++i) {
    const SegmentSection& section = header.section[i];
    if (section.size != (*sizes)[i] || section.offset % kSegmentAlign != 0 ||
        section.offset < sizeof header || section.offset > bytes.size() ||
        section.size > bytes.size() - section.offset)
      refuse(file, "is cut off");
  }
  return header;
}

}  // namespace

std::string_view element_name(ElementType type) {
  return type == ElementType::f32 ? "fp32" : "fp16";
}

ElementType parse_element(std::string_view name) {
  for (const ElementType type : {ElementType::f32, ElementType::f16}) {
    if (name == element_name(type)) return type;
  }
  throw Error(ErrorCode::invalid_argument, "'", printable(name),
              "' is not a type of stored vectors; expected fp32 or fp16");
}

std::string segment_name(int64_t id) {
  std::string digits = std::to_string(id);
  constexpr size_t kDigits = 6;
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits + ".segment";
}

Segment::Segment(const std::filesystem::path& path, const Digest& digest) : file_(path) {
  const SegmentHeader header = checked_header(file_, digest);
  const uint8_t* data = file_.bytes().data();
  const auto at = [&](SectionKind kind) {
    return data + header.section[static_cast<size_t>(kind)].offset;
  };
  const auto floats = [&](SectionKind kind) { return reinterpret_cast<const float*>(at(kind)); };
  element_ = header.element == 1 ? ElementType::f32 : ElementType::f16;
  rows_ = header.rows;
  dim_ = header.dim;
  max_norm_ = header.max_norm;
  vectors_ = at(SectionKind::vectors);
  quantized_ = {index::RowType::i8,          at(SectionKind::codes),
                floats(SectionKind::scales), floats(SectionKind::residuals),
                floats(SectionKind::mean),   header.mean_norm,
                header.max_code_norm,        header.max_residual};
  prefer_huge_pages(
      {quantized_.data,
       static_cast<size_t>(header.section[static_cast<size_t>(SectionKind::codes)].size)});
  contents_ = {reinterpret_cast<const int64_t*>(at(SectionKind::contents)),
               static_cast<size_t>(rows_)};
}

const float* Segment::f32() const {
  return element_ == ElementType::f32 ? reinterpret_cast<const float*>(vectors_) : nullptr;
}

const uint16_t* Segment::f16() const {
  return element_ == ElementType::f16 ? reinterpret_cast<const uint16_t*>(vectors_) : nullptr;
}

void Segment::copy_row(int64_t i, std::span<float> out) const {
  if (const float* rows = f32()) {
    std::copy_n(rows + i * dim_, dim_, out.data());
    return;
  }
  const uint16_t* row = f16() + i * dim_;
  for (int64_t d = 0; d < dim_; ++d) out[static_cast<size_t>(d)] = half_to_float(row[d]);
}

void Segment::check() const {
  SegmentHeader header;
  std::memcpy(&header, file_.bytes().data(), sizeof header);
  for (size_t i = 0; i < kSections; ++i) {
    const SegmentSection& section = header.section[i];
    const auto bytes = file_.bytes().subspan(section.offset, section.size);
    if (section_digest(bytes, file_) != section.digest)
      refuse(file_, message("is damaged: the bytes of its ", kSectionNames[i],
                            " are not those that were written"));
  }
}

}  // namespace sightline::library
