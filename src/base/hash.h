// SHA-256, used for fingerprints of models, tokenizers and images.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline {

using Digest = std::array<uint8_t, 32>;

// Incremental SHA-256. Throws internal if OpenSSL does not provide it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& update(std::span<const uint8_t> bytes);
  Sha256& update(std::string_view text);
  Digest digest();  // finishes the computation; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::span<const uint8_t> bytes);
std::string sha256_of_file(const std::filesystem::path& path);  // hexadecimal; throws not_found, io

// Returns the SHA-256 of each block of 8 MiB (the last may be shorter), computed on all cores.
// Calls `done` with each block after hashing it, from several threads at once.
std::vector<Digest> block_digests(std::span<const uint8_t> bytes,
                                  const std::function<void(std::span<const uint8_t>)>& done = {});

std::string to_hex(const Digest& digest);

}  // namespace sightline
