#include "encode/finite_vectors.h"

#include <sightline/error.h>

#include "base/finite.h"
#include "base/text.h"

namespace sightline {

std::string not_finite_reason(std::span<const float> vector, const std::string& what,
                              const ModelInfo& info, const Computation& computation) {
  if (all_finite(vector)) return {};
  return message(what, ": its vector has NaN or infinity: the model '", info.name,
                 "' overflows in ", precision_name(computation.precision), " on backend ",
                 backend_name(computation.backend));
}

void require_finite_texts(const Matrix& vectors, const std::function<std::string(int64_t)>& name,
                          const ModelInfo& info, const Computation& computation) {
  for (int64_t i = 0; i < vectors.rows; ++i) {
    if (all_finite(vectors.row(i))) continue;
    const std::string what = "the text '" + printable(name(i)) + "'";
    throw Error(ErrorCode::invalid_data,
                not_finite_reason(vectors.row(i), what, info, computation));
  }
}

}  // namespace sightline
