#include "hub/blob_hash.h"

#include <openssl/evp.h>
#include <sightline/error.h>

namespace sightline::hub {

struct BlobHash::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

BlobHash::BlobHash(const std::string& etag, int64_t size_bytes)
    : state_(std::make_unique<State>()) {
  const bool sha256 = etag.size() == 64;
  if (EVP_DigestInit_ex(state_->context, sha256 ? EVP_sha256() : EVP_sha1(), nullptr) != 1) {
    throw Error(ErrorCode::internal, "SHA-1 or SHA-256 is not available in this OpenSSL");
  }
  if (!sha256) {
    const std::string head = "blob " + std::to_string(size_bytes);
    update(std::string_view(head.c_str(), head.size() + 1));
  }
}

BlobHash::~BlobHash() = default;

void BlobHash::update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string BlobHash::hex() {
  static constexpr char kDigits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, digest, &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace sightline::hub
