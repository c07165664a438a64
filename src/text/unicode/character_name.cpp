#include "text/unicode/character_name.h"

#include <unicode/uchar.h>

namespace sightline::unicode {

std::string character_name(char32_t c) {
  char name[256];
  UErrorCode status = U_ZERO_ERROR;
  const int32_t length =
      u_charName(static_cast<UChar32>(c), U_UNICODE_CHAR_NAME, name, sizeof name, &status);
  return U_SUCCESS(status) ? std::string(name, static_cast<size_t>(length)) : std::string();
}

}  // namespace sightline::unicode
