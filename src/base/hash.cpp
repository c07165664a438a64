#include "base/hash.h"

#include <openssl/evp.h>
#include <sightline/error.h>

#include "base/file.h"
#include "base/parallel.h"

namespace sightline {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorCode::internal, "SHA-256 is not available in this OpenSSL");
  }
}

Sha256::~Sha256() = default;

Sha256& Sha256::update(std::span<const uint8_t> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  return *this;
}

Sha256& Sha256::update(std::string_view text) {
  EVP_DigestUpdate(state_->context, text.data(), text.size());
  return *this;
}

Digest Sha256::digest() {
  Digest result{};
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, result.data(), &size);
  return result;
}

Digest sha256(std::span<const uint8_t> bytes) {
  return Sha256().update(bytes).digest();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  return to_hex(sha256(MappedFile(path).bytes()));
}

std::vector<Digest> block_digests(std::span<const uint8_t> bytes,
                                  const std::function<void(std::span<const uint8_t>)>& done) {
  constexpr size_t kBlock = 8 << 20;
  std::vector<Digest> digests((bytes.size() + kBlock - 1) / kBlock);
  parallel_for(static_cast<int64_t>(digests.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      const auto block = bytes.subspan(i * kBlock, std::min(kBlock, bytes.size() - i * kBlock));
      digests[i] = sha256(block);
      if (done) done(block);
    }
  });
  return digests;
}

std::string to_hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace sightline
