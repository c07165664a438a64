// The filters of the query language by their keys.
#pragma once

#include <sightline/query.h>

#include <string>
#include <string_view>
#include <vector>

#include "search/language/query_text.h"

namespace sightline::language {

// Kinds of `key:value`.
enum class KeyType { unknown, term, filter };

// `key`: in lower case, without ':'. "like" and "image" are terms.
KeyType key_type(std::string_view key);
// Returns all keys, for suggestions.
const std::vector<std::string>& known_keys();

// Adds the filter, threshold or order `key:values` to the query. `at`: the place of the key, or of
// the '-' that negates it.
void add_filter(const QueryText& text, size_t at, const std::string& key, bool negated,
                std::vector<Value> values, Query& query);

}  // namespace sightline::language
