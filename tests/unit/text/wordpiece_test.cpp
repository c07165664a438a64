#include <sightline/tokenizer_training.h>

#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::error_of;
using testing::golden;

const std::filesystem::path kVocabulary =
    std::filesystem::path(SIGHTLINE_SHARED_DIR) / "data/tokenizers/bert-base-uncased-vocab.txt";

std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> out;
  for (const int32_t id : tokenizer.encode(text).ids) out.push_back(tokenizer.token(id));
  return out;
}

class WordPiece : public testing::ScratchTest {
 protected:
  // Loads a vocabulary of the five special tokens followed by `tokens`.
  std::unique_ptr<Tokenizer> tokenizer(const std::string& tokens, int context_length = 0) const {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + tokens);
    return load_tokenizer(directory_, context_length);
  }
  std::vector<std::string> split(const Tokenizer& t, std::string_view text) const {
    auto all = pieces(t, text);
    EXPECT_EQ(all.front(), "[CLS]");
    EXPECT_EQ(all.back(), "[SEP]");
    return {all.begin() + 1, all.end() - 1};
  }
};

using Pieces = std::vector<std::string>;

TEST_F(WordPiece, LongestPieceFirst) {
  const auto t = tokenizer("un\nunaff\n##aff\n##able\n##a\n##ble\n");
  EXPECT_EQ(split(*t, "unaffable"), (Pieces{"unaff", "##able"}));
  EXPECT_EQ(split(*t, "unaffaa ununaff"), (Pieces{"unaff", "##a", "##a", "[UNK]"}));
  EXPECT_EQ(t->find("##able"), 8);
  EXPECT_EQ(t->find("able"), -1);
  EXPECT_EQ(t->profile(), TokenizerProfile::wordpiece);
  EXPECT_EQ(t->context_length(), 512);
}

TEST_F(WordPiece, CleansAndSplitsWords) {
  const auto t = tokenizer("cafe\ni\n##t\n'\ns\n!\n你\n好\nab\n");
  EXPECT_EQ(split(*t, "Caf\u00E9  CAFE\u0301\u00A0cafe"), (Pieces{"cafe", "cafe", "cafe"}));
  EXPECT_EQ(split(*t, "it's!!"), (Pieces{"i", "##t", "'", "s", "!", "!"}));
  EXPECT_EQ(split(*t, "ab你好ab"), (Pieces{"ab", "你", "好", "ab"}));
  // Control characters, byte order mark and zero-width space are removed.
  EXPECT_EQ(split(*t,
                  "a\x01\u200B"
                  "b\uFEFF \uFFFD\xFF"),
            (Pieces{"ab"}));
  EXPECT_EQ(split(*t, std::string_view("a\0b", 3)), (Pieces{"ab"}));
}

TEST_F(WordPiece, CasedModelsKeepCaseAndAccents) {
  write("tokenizer_config.json", R"({"do_lower_case": false})");
  const auto t = tokenizer("Caf\u00E9\ncafe\n");
  EXPECT_EQ(split(*t, "Caf\u00E9 cafe Cafe"), (Pieces{"Caf\u00E9", "cafe", "[UNK]"}));
  const std::string cased = t->fingerprint();
  write("tokenizer_config.json", R"({"do_lower_case": false, "strip_accents": true})");
  EXPECT_EQ(split(*tokenizer("Cafe\n"), "Caf\u00E9"), (Pieces{"Cafe"}));
  write("tokenizer_config.json", "{}");
  EXPECT_NE(tokenizer("Caf\u00E9\ncafe\n")->fingerprint(), cased);
}

TEST_F(WordPiece, ConfigCanDisableIsolatingChineseCharacters) {
  write("tokenizer_config.json", R"({"tokenize_chinese_chars": false})");
  EXPECT_EQ(split(*tokenizer("你\n##好\n"), "你好"), (Pieces{"你", "##好"}));
}

TEST_F(WordPiece, WordsOfMoreThan100CharactersAreUnknown) {
  const auto t = tokenizer("é\n##é\na\n##a\n");
  EXPECT_EQ(split(*t, std::string(100, 'a')).size(), 100u);
  EXPECT_EQ(split(*t, std::string(101, 'a')), (Pieces{"[UNK]"}));
  write("tokenizer_config.json", R"({"do_lower_case": false})");
  std::string accents;  // 100 characters in 200 bytes
  for (int i = 0; i < 100; ++i) accents += "é";
  EXPECT_EQ(split(*tokenizer("é\n##é\n"), accents).size(), 100u);
}

TEST_F(WordPiece, TextNeverProducesASpecialToken) {
  const auto t = tokenizer("[\n]\ncls\nmask\n");
  EXPECT_EQ(split(*t, "[CLS] [MASK]"), (Pieces{"[", "cls", "]", "[", "mask", "]"}));
  // Not even if their names contain no punctuation to split at.
  write("tokenizer_config.json",
        R"({"cls_token": "begin", "sep_token": {"content": "end"}, "mask_token": "hole"})");
  write("vocab.txt", "[UNK]\nbegin\nend\nhole\na\n");
  const auto named = load_tokenizer(directory_);
  EXPECT_EQ(pieces(*named, "begin a hole end"),
            (Pieces{"begin", "[UNK]", "a", "[UNK]", "[UNK]", "end"}));
  EXPECT_EQ(named->find("hole"), 3);
}

TEST_F(WordPiece, TruncationKeepsTheEndTokenAndReportsTheKeptText) {
  const auto t = tokenizer("a\nb\n##b\nc\n", 5);
  const TokenIds complete = t->encode("A B c"), truncated = t->encode("A  abb c");
  EXPECT_FALSE(complete.truncated);
  EXPECT_EQ(complete.ids, (std::vector<int32_t>{2, 5, 6, 8, 3}));
  EXPECT_TRUE(truncated.truncated);
  EXPECT_EQ(truncated.ids, (std::vector<int32_t>{2, 5, 5, 7, 3}));
  EXPECT_EQ(truncated.kept_text, "a  ab");
  EXPECT_EQ(t->encode("a [b] c").kept_text, "a [b");  // [UNK] represents the whole word
  EXPECT_EQ(error_of([&] { tokenizer("a\n", 2); }).code(), ErrorCode::invalid_argument);
}

TEST_F(WordPiece, RejectsInvalidFiles) {
  write("vocab.txt", "[CLS]\n[SEP]\n");
  EXPECT_NE(std::string(error_of([&] { load_tokenizer(directory_); }).what()).find("'[UNK]'"),
            std::string::npos);
  write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n\xFF\n");
  EXPECT_EQ(error_of([&] { load_tokenizer(directory_); }).code(), ErrorCode::invalid_data);
  write("vocab.txt", "[UNK]\r\n[CLS]\r\n[SEP]\r\na");  // CRLF; no line end at the end
  EXPECT_EQ(load_tokenizer(directory_)->encode("a").ids, (std::vector<int32_t>{1, 3, 2}));
  EXPECT_EQ(error_of([&] { load_tokenizer(directory_, TokenizerProfile::hf); }).code(),
            ErrorCode::invalid_argument);
  write("tokenizer_config.json", R"({"do_lower_case": "no"})");
  EXPECT_EQ(error_of([&] { load_tokenizer(directory_); }).code(), ErrorCode::invalid_data);
}

class WordPieceTrainer : public testing::ScratchTest {};

TEST_F(WordPieceTrainer, MergesFrequentPairs) {
  const std::vector<std::string> texts = {"abc abc abc", "ab", "Xy!"};
  train_wordpiece(texts, {.vocab_size = 64, .min_frequency = 2}, directory_);
  // Characters by code point, then the most frequent pairs: a ##b (4), ab ##c (3).
  EXPECT_EQ(
      read("vocab.txt"),
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n!\na\n##a\nb\n##b\nc\n##c\nx\n##x\ny\n##y\nab\nabc\n");
  const auto t = load_tokenizer(directory_);
  EXPECT_EQ(pieces(*t, "ABC aby z!"), (Pieces{"[CLS]", "abc", "ab", "##y", "[UNK]", "!", "[SEP]"}));
}

TEST_F(WordPieceTrainer, JsonAndVocabFilesAreEquivalent) {
  train_wordpiece(testing::sample_texts(), {.vocab_size = 75, .min_frequency = 1}, directory_);
  const auto from_json = load_tokenizer(directory_);
  EXPECT_EQ(from_json->vocab_size(), 75);
  EXPECT_EQ(from_json->find("[MASK]"), 4);
  std::filesystem::remove(directory_ / "tokenizer.json");
  const auto from_vocab = load_tokenizer(directory_);
  const auto file_alone = load_wordpiece_tokenizer(directory_ / "vocab.txt");
  for (const std::string& text : testing::sample_texts()) {
    EXPECT_EQ(from_json->encode(text).ids, from_vocab->encode(text).ids) << text;
    EXPECT_EQ(from_json->encode(text).ids, file_alone->encode(text).ids) << text;
  }
  EXPECT_EQ(from_json->fingerprint().size(), 64u);
}

TEST_F(WordPieceTrainer, OmitsRareCharacters) {
  const std::vector<std::string> texts = {"aab", "aac"};
  train_wordpiece(texts, {.vocab_size = 32, .min_frequency = 1, .max_characters = 2}, directory_);
  EXPECT_EQ(read("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\naa\naab\n");
}

TEST_F(WordPieceTrainer, RejectsInvalidOptions) {
  const auto code = [&](WordPieceTrainerOptions options) {
    return error_of([&] { train_wordpiece(testing::sample_texts(), options, directory_); }).code();
  };
  EXPECT_EQ(code({.vocab_size = 5}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.vocab_size = 6}), ErrorCode::invalid_argument);  // the characters do not fit
  EXPECT_EQ(code({.min_frequency = 0}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.max_characters = 0}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.context_length = 2}), ErrorCode::invalid_argument);
}

class WordPieceJson : public testing::ScratchTest {
 protected:
  void SetUp() override {
    ScratchTest::SetUp();
    train_wordpiece(testing::sample_texts(), {.vocab_size = 90}, directory_);
    original_ = read_json("tokenizer.json");
  }
  template <typename Change>
  Error error_after(Change&& change) {
    json file = original_;
    change(file);
    write("tokenizer.json", file.dump());
    return error_of([&] { load_tokenizer(directory_); });
  }
  json original_;
};

TEST_F(WordPieceJson, RejectsOtherSteps) {
  const auto unsupported = [&](auto change, const char* text) {
    const Error error = error_after(change);
    EXPECT_EQ(error.code(), ErrorCode::unsupported) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  };
  unsupported([](json& f) { f["normalizer"]["type"] = "Lowercase"; }, "BertNormalizer");
  unsupported([](json& f) { f["normalizer"] = nullptr; }, "BertNormalizer");
  unsupported([](json& f) { f.erase("pre_tokenizer"); }, "BertPreTokenizer");
  unsupported([](json& f) { f["post_processor"]["type"] = "Mystery"; }, "'Mystery'");
  unsupported([](json& f) { f["added_tokens"][0]["special"] = false; }, "is not special");
}

TEST_F(WordPieceJson, RejectsInvalidValues) {
  const auto invalid = [&](auto change, const char* text) {
    const Error error = error_after(change);
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  };
  invalid([](json& f) { f["model"]["vocab"] = 1; }, "model.vocab");
  invalid([](json& f) { f["model"]["vocab"]["a"] = 10000; }, "10000");
  invalid([](json& f) { f["model"]["max_input_chars_per_word"] = -1; }, "max_input_chars");
  invalid([](json& f) { f["model"]["max_input_chars_per_word"] = 1e99; }, "max_input_chars");
  invalid([](json& f) { f["model"]["unk_token"] = "[WHAT]"; }, "'[WHAT]'");
  invalid([](json& f) { f["normalizer"]["lowercase"] = "yes"; }, "lowercase");
}

// Settings of tokenizer_config.json take precedence over tokenizer.json.
TEST_F(WordPieceJson, ConfigTakesPrecedence) {
  json file = original_;
  file["normalizer"]["lowercase"] = false;
  write("tokenizer.json", file.dump());
  write("tokenizer_config.json", "{}");
  EXPECT_EQ(pieces(*load_tokenizer(directory_), "RED"), (Pieces{"[CLS]", "[UNK]", "[SEP]"}));
  write("tokenizer_config.json", R"({"do_lower_case": true})");
  EXPECT_EQ(pieces(*load_tokenizer(directory_), "RED"), (Pieces{"[CLS]", "red", "[SEP]"}));
}

// Vocabularies, texts and ids of transformers, made by tools/golden/wordpiece.py.
TEST_F(WordPiece, MatchesTheReference) {
  const json file = golden("wordpiece.json");
  for (const auto& [name, part] : file["vocabularies"].items()) {
    std::string lines;
    for (const std::string token : part["tokens"]) lines += token + "\n";
    write("vocab.txt", lines);
    write("tokenizer_config.json", part["config"].dump());
    const auto t = load_tokenizer(directory_, 32);
    ASSERT_EQ(part["ids"].size(), file["texts"].size());
    for (size_t i = 0; i < file["texts"].size(); ++i) {
      EXPECT_EQ(t->encode(file["texts"][i].get<std::string>()).ids,
                part["ids"][i].get<std::vector<int32_t>>())
          << name << ": " << file["texts"][i];
    }
  }
}

TEST_F(WordPiece, MatchesTheReferenceWithThePublishedVocabulary) {
  if (!std::filesystem::exists(kVocabulary))
    GTEST_SKIP() << "BERT's vocabulary is not available on this machine";
  const json file = golden("wordpiece.json");
  const auto t = load_wordpiece_tokenizer(kVocabulary, 32);
  EXPECT_EQ(t->vocab_size(), 30522);
  for (size_t i = 0; i < file["texts"].size(); ++i) {
    EXPECT_EQ(t->encode(file["texts"][i].get<std::string>()).ids,
              file["bert_base_uncased"][i].get<std::vector<int32_t>>())
        << file["texts"][i];
  }
}

}  // namespace
}  // namespace sightline
