#include "base/hash.h"

#include <gtest/gtest.h>

#include <atomic>

namespace sightline {
namespace {

std::string hex_of(std::string_view text) {
  return to_hex(Sha256().update(text).digest());
}

// Test vectors of FIPS 180-2, appendix B.
TEST(Sha256, KnownVectors) {
  EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_of(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, SplitUpdatesYieldTheSameDigest) {
  const std::string text(1000, 'x');
  for (const size_t cut : {0u, 1u, 63u, 64u, 65u, 999u, 1000u}) {
    const std::string_view view = text;
    const Digest parts = Sha256().update(view.substr(0, cut)).update(view.substr(cut)).digest();
    EXPECT_EQ(to_hex(parts), hex_of(text)) << "cut at " << cut;
  }
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  EXPECT_EQ(to_hex(sha256(bytes)), hex_of(text));
}

TEST(Sha256, BlocksAreHashedInOrder) {
  constexpr size_t kBlock = 8 << 20;
  std::vector<uint8_t> bytes(kBlock + 3, 'a');
  bytes[kBlock] = 'b';
  std::atomic<size_t> hashed{0};
  const auto digests =
      block_digests(bytes, [&](std::span<const uint8_t> block) { hashed += block.size(); });
  ASSERT_EQ(digests.size(), 2u);
  EXPECT_EQ(digests[0], sha256(std::span(bytes).first(kBlock)));
  EXPECT_EQ(digests[1], sha256(std::span(bytes).subspan(kBlock)));
  EXPECT_EQ(hashed, bytes.size());
  EXPECT_TRUE(block_digests({}).empty());
}

}  // namespace
}  // namespace sightline
