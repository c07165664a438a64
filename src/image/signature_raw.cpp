// Recognizes camera RAW files. Most are TIFF files whose directories say that they hold a sensor's
// values, so their first bytes alone do not tell.
#include "image/signature_raw.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "image/signatures.h"

namespace sightline::image {
namespace {

using namespace std::string_view_literals;

// Signatures of RAW formats that are not TIFF, or a variant with another number in place of 42.
struct Signature {
  size_t at;
  std::string_view magic;
};
constexpr std::array kSignatures = {
    Signature{0, "FUJIFILMCCD-RAW"sv},  // RAF
    Signature{6, "HEAPCCDR"sv},         // CRW
    Signature{8, "CR\x02"sv},           // CR2
    Signature{4, "ftypcrx "sv},         // CR3
    Signature{0, "IIRO"sv},
    Signature{0, "IIRS"sv},
    Signature{0, "MMOR"sv},   // ORF
    Signature{0, "IIU\0"sv},  // RW2
    Signature{0, "\0MRM"sv},  // MRW
    Signature{0, "FOVb"sv},   // X3F
};

// Tags of TIFF directories. Source: TIFF/EP (ISO 12234-2); DNG 1.7
constexpr unsigned kCompression = 259, kPhotometric = 262, kSubDirectories = 330,
                   kDngVersion = 50706;
constexpr unsigned kColorFilterArray = 32803, kLinearRaw = 34892;  // values of kPhotometric
constexpr unsigned kLeafMetadata = 34310, kKodakDirectory = 33424;
constexpr unsigned kNikon = 34713, kSony = 32767, kPentax = 65535, kKodak = 65000;

constexpr size_t kMaxDirectories = 16;

// Reads the directories of a TIFF file. Values beyond the end of the file read as 0.
class Directories {
 public:
  explicit Directories(Bytes file) : file_(file), little_(file[0] == 'I') {}

  // Whether a directory, or one that it points to, describes a sensor's values.
  bool describe_raw() {
    std::vector<size_t> pending = {u32(4)};
    for (size_t next = 0; next < pending.size() && next < kMaxDirectories; ++next) {
      const size_t directory = pending[next];
      if (directory == 0) continue;
      const unsigned entries = u16(directory);
      for (unsigned i = 0; i < entries; ++i) {
        const size_t entry = directory + 2 + 12 * size_t{i};
        if (entry + 12 > file_.size()) break;
        if (says_raw(u16(entry), u16(entry + 8))) return true;
        if (u16(entry) == kSubDirectories) append_targets(entry, pending);
      }
      const size_t following = directory + 2 + 12 * size_t{entries};
      if (pending.size() < kMaxDirectories) pending.push_back(u32(following));
    }
    return false;
  }

 private:
  static bool says_raw(unsigned tag, unsigned value) {
    if (tag == kDngVersion || tag == kLeafMetadata || tag == kKodakDirectory) return true;
    if (tag == kPhotometric) return value == kColorFilterArray || value == kLinearRaw;
    return tag == kCompression &&
           (value == kNikon || value == kSony || value == kPentax || value == kKodak);
  }
  void append_targets(size_t entry, std::vector<size_t>& pending) const {
    const size_t count = u32(entry + 4);
    const size_t list = count == 1 ? entry + 8 : u32(entry + 8);
    for (size_t i = 0; i < count && pending.size() < kMaxDirectories; ++i) {
      pending.push_back(u32(list + 4 * i));
    }
  }
  unsigned u16(size_t at) const {
    if (at > file_.size() || file_.size() - at < 2) return 0;
    return little_ ? file_[at] | unsigned{file_[at + 1]} << 8
                   : unsigned{file_[at]} << 8 | file_[at + 1];
  }
  uint32_t u32(size_t at) const {
    return little_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
  }

  Bytes file_;
  bool little_;
};

// Whether a TIFF file holds a block of Phase One or Leaf (IIQ). Its directories describe only a
// small preview.
bool is_iiq(Bytes tiff) {
  const auto has = [&](size_t at, std::string_view text) {
    return tiff.size() >= at + text.size() &&
           std::memcmp(tiff.data() + at, text.data(), text.size()) == 0;
  };
  return (has(8, "IIII") && has(13, "waR")) || (has(8, "MMMM") && has(12, "Raw"));
}

}  // namespace

bool is_camera_raw(Bytes head) {
  const auto matches = [&](const Signature& signature) {
    const auto [at, magic] = signature;
    return head.size() >= at + magic.size() &&
           std::memcmp(head.data() + at, magic.data(), magic.size()) == 0;
  };
  if (std::ranges::any_of(kSignatures, matches)) return true;
  return is_tiff(head) && (is_iiq(head) || Directories(head).describe_raw());
}

}  // namespace sightline::image
