#include "text/tokenizers/tokenizer_json.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/json.h"
#include "text/cleaning/clean_hf.h"
#include "text/tokenizers/bpe.h"
#include "text/tokenizers/json_steps.h"
#include "text/tokenizers/load_tokenizer.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/tokenizers/vocab_and_merges.h"

namespace sightline {
namespace {

using nlohmann::json;

[[noreturn]] void fail(ErrorCode code, const std::string& path, const std::string& what) {
  throw Error(code, path, ": ", what);
}

[[noreturn]] void unknown_step(const std::string& path, const std::string& part, const json& step) {
  fail(ErrorCode::unsupported, path,
       part + " step '" + string_of(step, "type", "(no type)") +
           "' is neither CLIP's nor BERT's: " + shown(step));
}

std::vector<NormalizerStep> normalizer_steps(const json& file, const std::string& path) {
  std::vector<NormalizerStep> steps;
  for (const json& step :
       steps_of(file.value("normalizer", json()), "normalizers", path, "normalizer")) {
    const std::string type = string_of(step, "type");
    if (type == "NFC") {
      steps.push_back(NormalizerStep::nfc);
    } else if (type == "Lowercase") {
      steps.push_back(NormalizerStep::lowercase);
    } else if (type == "Strip" && flag_of(step, "strip_left", true) &&
               flag_of(step, "strip_right", true)) {
      steps.push_back(NormalizerStep::strip);
    } else if (type == "Replace" && regex_of(step) == "\\s+" && string_of(step, "content") == " ") {
      steps.push_back(NormalizerStep::collapse_whitespace);
    } else {
      unknown_step(path, "normalizer", step);
    }
  }
  return steps;
}

// Returns whether the split expression is CLIP's. It may start with special tokens, which text
// never produces here.
bool is_clip_pattern(const std::string& pattern) {
  static const std::string kTail = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
  if (!pattern.ends_with(kTail)) return false;
  const std::string specials = pattern.substr(0, pattern.size() - kTail.size());
  return specials.empty() || specials == "<\\|startoftext\\|>|<\\|endoftext\\|>|" ||
         specials == "<start_of_text>|<end_of_text>|";
}

void check_pre_tokenizer(const json& file, const std::string& path) {
  bool split = false, bytes = false;
  for (const json& step :
       steps_of(file.value("pre_tokenizer", json()), "pretokenizers", path, "pre_tokenizer")) {
    const std::string type = string_of(step, "type");
    if (type == "Split" && !split && !bytes && is_clip_pattern(regex_of(step)) &&
        string_of(step, "behavior") == "Removed" && flag_of(step, "invert", false)) {
      split = true;
    } else if (type == "ByteLevel" && split && !bytes && !flag_of(step, "add_prefix_space", true)) {
      // Whatever ByteLevel's own expression would split is already split by CLIP's.
      bytes = true;
    } else {
      unknown_step(path, "pre_tokenizer", step);
    }
  }
  if (!split || !bytes) {
    fail(ErrorCode::unsupported, path,
         "pre_tokenizer must be CLIP's: a Split and a ByteLevel step");
  }
}

void check_model(const json& model, const std::string& path) {
  const std::string type = string_of(model, "type", "BPE");
  if (type != "BPE") fail(ErrorCode::unsupported, path, "model type '" + type + "' is not BPE");
  if (string_of(model, "end_of_word_suffix") != kEndOfWord) {
    fail(ErrorCode::unsupported, path,
         "model.end_of_word_suffix must be '</w>', found " +
             shown(model.value("end_of_word_suffix", json())));
  }
  if (!string_of(model, "continuing_subword_prefix").empty()) {
    fail(ErrorCode::unsupported, path,
         "model.continuing_subword_prefix must be empty, found " +
             shown(model["continuing_subword_prefix"]));
  }
  for (const char* key : {"byte_fallback", "ignore_merges"}) {
    if (flag_of(model, key, false))
      fail(ErrorCode::unsupported, path, std::string("model.") + key + " must be false");
  }
  const json dropout = model.value("dropout", json());
  if (dropout.is_number() && dropout.get<double>() != 0.0) {
    fail(ErrorCode::unsupported, path, "model.dropout must be 0, found " + shown(dropout));
  }
}

void read_template(const json& step, const std::string& path, std::string& start_token,
                   std::string& end_token) {
  const auto single = step.find("single");
  std::vector<std::string> specials;
  bool is_known = single != step.end() && single->is_array() && single->size() == 3;
  for (size_t i = 0; is_known && i < 3; ++i) {
    const json& piece = (*single)[i];
    const char* key = i == 1 ? "Sequence" : "SpecialToken";
    is_known = piece.is_object() && piece.contains(key) && piece[key].is_object();
    if (is_known && i != 1) specials.push_back(string_of(piece[key], "id"));
  }
  if (!is_known) unknown_step(path, "post_processor", step);
  start_token = specials[0];
  end_token = specials[1];
}

}  // namespace

MergeList merges_of(const json& merges, const std::string& path) {
  if (!merges.is_array()) fail(ErrorCode::invalid_data, path, "model.merges must be a list");
  if (merges.size() > kMaxVocabulary)
    fail(ErrorCode::limit_exceeded, path, "model.merges is too long");
  MergeList out;
  out.reserve(merges.size());
  for (const json& merge : merges) {
    const std::string which = "merge " + std::to_string(out.size() + 1);
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      out.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
      continue;
    }
    if (!merge.is_string())
      fail(ErrorCode::invalid_data, path, which + " must be two strings, found " + shown(merge));
    const std::string& text = merge.get_ref<const std::string&>();
    const size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
      fail(ErrorCode::invalid_data, path,
           which + " must be two tokens separated by a space, found " + shown(merge));
    }
    out.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return out;
}

void read_post_processor(const json& file, const std::string& path, std::string& start_token,
                         std::string& end_token) {
  const json step = post_processor_of(file, path);
  if (step.is_null()) return;
  const std::string type = string_of(step, "type");
  if (type == "TemplateProcessing") return read_template(step, path, start_token, end_token);
  if (type != "RobertaProcessing" && type != "BertProcessing")
    unknown_step(path, "post_processor", step);
  for (const auto& [key, token] : {std::pair("cls", &start_token), std::pair("sep", &end_token)}) {
    const auto it = step.find(key);
    if (it == step.end() || !it->is_array() || it->size() != 2 || !(*it)[0].is_string()) {
      fail(ErrorCode::invalid_data, path,
           "post_processor '" + type + "' has no [token, id] '" + key + "'");
    }
    *token = (*it)[0].get<std::string>();
  }
}

std::vector<std::string> add_tokens(const json& file, const std::string& path,
                                    std::vector<std::string>& tokens) {
  std::vector<std::string> special;
  const json added = file.value("added_tokens", json::array());
  if (!added.is_array()) fail(ErrorCode::invalid_data, path, "added_tokens must be a list");
  for (const json& entry : added) {
    const auto id = entry.is_object() ? entry.find("id") : entry.end();
    if (!entry.is_object() || id == entry.end() || !id->is_number_integer() ||
        string_of(entry, "content").empty()) {
      fail(ErrorCode::invalid_data, path,
           "added_tokens: expected id and content, found " + shown(entry));
    }
    const std::string content = string_of(entry, "content");
    if (!flag_of(entry, "special", false)) {
      fail(ErrorCode::unsupported, path, "added token '" + content + "' is not special");
    }
    special.push_back(content);
    const auto value = id->get<int64_t>();
    if (value == static_cast<int64_t>(tokens.size())) {
      tokens.push_back(content);
    } else if (value < 0 || value > static_cast<int64_t>(tokens.size()) ||
               tokens[value] != content) {
      fail(ErrorCode::invalid_data, path,
           "added token '" + content + "' has id " + std::to_string(value) +
               ", which differs from the vocabulary");
    }
  }
  return special;
}

std::vector<std::string> tokens_by_id(const json& vocab, const std::string& where) {
  if (!vocab.is_object())
    throw Error(ErrorCode::invalid_data, where, " must be an object {token: id}");
  if (vocab.size() > kMaxVocabulary) {
    throw Error(ErrorCode::limit_exceeded, where, " has ", vocab.size(), " tokens, limit ",
                kMaxVocabulary);
  }
  std::vector<const std::string*> by_id(vocab.size(), nullptr);
  for (auto it = vocab.begin(); it != vocab.end(); ++it) {
    const bool is_id = it->is_number_integer() && it->get<int64_t>() >= 0 &&
                       it->get<int64_t>() < static_cast<int64_t>(by_id.size());
    if (!is_id) {
      throw Error(ErrorCode::invalid_data, where, ": token '", it.key(), "' has id ", shown(*it),
                  ", expected 0 to ", by_id.size() - 1);
    }
    const std::string*& slot = by_id[it->get<size_t>()];
    if (slot) {
      throw Error(ErrorCode::invalid_data, where, ": tokens '", *slot, "' and '", it.key(),
                  "' have the same id ", shown(*it));
    }
    slot = &it.key();
  }
  std::vector<std::string> tokens;
  tokens.reserve(by_id.size());
  for (const std::string* token : by_id) tokens.push_back(*token);
  return tokens;
}

// Parses everything except the vocabulary and the merges, which the callbacks provide.
template <typename ReadTokens, typename ReadMerges>
static TokenizerJson parse_parts(const json& file, const std::string& path,
                                 const ReadTokens& read_tokens, const ReadMerges& read_merges) {
  if (!file.is_object())
    fail(ErrorCode::invalid_data, path, "expected an object, found " + shown(file));
  const auto model = file.find("model");
  if (model == file.end() || !model->is_object())
    fail(ErrorCode::invalid_data, path, "'model' is missing");
  check_model(*model, path);
  TokenizerJson out;
  out.steps = normalizer_steps(file, path);
  check_pre_tokenizer(file, path);
  read_post_processor(file, path, out.start_token, out.end_token);
  out.tokens = read_tokens(*model);
  add_tokens(file, path, out.tokens);
  out.merges = read_merges(*model);
  return out;
}

TokenizerJson parse_tokenizer_json(const json& file, const std::string& path) {
  // Unlike value(), does not copy tens of thousands of tokens.
  const auto part = [](const json& model, const char* key) -> const json& {
    static const json kNone;
    const auto found = model.find(key);
    return found == model.end() ? kNone : *found;
  };
  return parse_parts(
      file, path,
      [&](const json& model) { return tokens_by_id(part(model, "vocab"), path + ": model.vocab"); },
      [&](const json& model) { return merges_of(part(model, "merges"), path); });
}

TokenizerJson parse_tokenizer_json(const json& file, VocabAndMerges lists,
                                   const std::string& path) {
  return parse_parts(
      file, path, [&](const json&) { return std::move(lists.tokens); },
      [&](const json&) { return std::move(lists.merges); });
}

}  // namespace sightline
