// Hostile and invalid tokenizer files: each causes an Error that names the file and the problem.
#include <sightline/tokenizer_training.h>

#include <functional>

#include "unit/text/text_test_util.h"

namespace sightline {
namespace {

using nlohmann::json;
using testing::error_of;

class TokenizerFiles : public testing::ScratchTest {
 protected:
  void SetUp() override {
    ScratchTest::SetUp();
    train_bpe(testing::sample_texts(), {.vocab_size = 540, .min_frequency = 2}, directory_);
  }

  // Applies `change` to tokenizer.json and expects an error whose message contains `part`.
  void expect_error(const std::function<void(json&)>& change, ErrorCode code,
                    const std::string& part) {
    json file = original_;
    change(file);
    write("tokenizer.json", file.dump());
    const Error error = error_of([&] { load_tokenizer(directory_); });
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("tokenizer.json"), std::string::npos) << error.what();
  }
  void keep_original() { original_ = read_json("tokenizer.json"); }

  // Writes `content` to a file and expects an error whose message contains `part`.
  void expect_bytes_error(const std::string& name, const std::string& content, ErrorCode code,
                          const std::string& part) {
    write(name, content);
    const Error error = error_of([&] { load_tokenizer(directory_); });
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }

  json original_;
};

TEST_F(TokenizerFiles, NamesUnknownSteps) {
  keep_original();
  const auto code = ErrorCode::unsupported;
  expect_error([](json& f) { f["normalizer"]["normalizers"][0]["type"] = "NFKC"; }, code, "'NFKC'");
  expect_error(
      [](json& f) {
        f["normalizer"] = {{"type", "BertNormalizer"}};
      },
      code, "'BertNormalizer'");
  expect_error([](json& f) { f["normalizer"]["normalizers"][1]["content"] = "_"; }, code,
               "'Replace'");
  expect_error(
      [](json& f) {
        f["pre_tokenizer"] = {{"type", "Whitespace"}};
      },
      code, "'Whitespace'");
  expect_error([](json& f) { f["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "\\w+"; },
               code, "'Split'");
  expect_error([](json& f) { f["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; },
               code, "'ByteLevel'");
  expect_error([](json& f) { f.erase("pre_tokenizer"); }, code, "a Split and a ByteLevel step");
  expect_error([](json& f) { f["post_processor"]["type"] = "Mystery"; }, code, "'Mystery'");
  expect_error(
      [](json& f) {
        const json step = f["post_processor"];
        f["post_processor"] = {{"type", "Sequence"}, {"processors", {step, step}}};
      },
      code, "adds special tokens by");
  expect_error([](json& f) { f["model"]["type"] = "WordLevel"; }, code, "'WordLevel'");
  expect_error([](json& f) { f["model"]["end_of_word_suffix"] = "_"; }, code, "end_of_word_suffix");
  expect_error([](json& f) { f["model"]["byte_fallback"] = true; }, code, "byte_fallback");
  expect_error([](json& f) { f["model"]["dropout"] = 0.1; }, code, "dropout");
  expect_error([](json& f) { f["added_tokens"][0]["special"] = false; }, code, "is not special");
}

TEST_F(TokenizerFiles, RejectsWrongTypesAndValues) {
  keep_original();
  const auto code = ErrorCode::invalid_data;
  expect_error([](json& f) { f = json::array(); }, code, "expected an object");
  expect_error([](json& f) { f.erase("model"); }, code, "'model'");
  expect_error([](json& f) { f["model"]["vocab"] = 3; }, code, "model.vocab");
  expect_error([](json& f) { f["model"]["vocab"]["!"] = "zero"; }, code, "'!'");
  expect_error([](json& f) { f["model"]["vocab"]["!"] = -1; }, code, "'!'");
  expect_error([](json& f) { f["model"]["vocab"]["!"] = 1e30; }, code, "'!'");
  expect_error([](json& f) { f["model"]["vocab"]["!"] = 18446744073709551615ull; }, code, "'!'");
  expect_error([](json& f) { f["model"]["vocab"]["!"] = 1; }, code, "same id");
  expect_error([](json& f) { f["model"]["vocab"].erase("!"); }, code, "expected 0 to");
  expect_error([](json& f) { f["model"]["merges"] = "a b"; }, code, "model.merges");
  expect_error([](json& f) { f["model"]["merges"][0] = 7; }, code, "merge 1");
  expect_error([](json& f) { f["model"]["merges"][0] = "abc"; }, code, "merge 1");
  expect_error([](json& f) { f["model"]["merges"][0] = "zz yy"; }, code, "'zz'");
  expect_error([](json& f) { f["model"]["merges"][1] = f["model"]["merges"][0]; }, code,
               "duplicate");
  expect_error([](json& f) { f["added_tokens"] = 1; }, code, "added_tokens");
  expect_error([](json& f) { f["added_tokens"][0]["id"] = 9; }, code, "has id 9");
  expect_error([](json& f) { f["normalizer"] = 4; }, code, "normalizer");
  expect_error([](json& f) { f["normalizer"]["normalizers"] = 4; }, code, "normalizers");
  expect_error([](json& f) { f["post_processor"]["cls"] = "x"; }, code, "cls");
}

TEST_F(TokenizerFiles, RejectsInvalidJson) {
  const auto code = ErrorCode::invalid_data;
  expect_bytes_error("tokenizer.json", "", code, "is empty, expected JSON");
  expect_bytes_error("tokenizer.json", "{\"model\": ", code, "not valid JSON");
  expect_bytes_error("tokenizer.json", "{\"a\": \"\xFF\"}", code, "not valid UTF-8");
  expect_bytes_error("tokenizer.json", std::string(100000, '['), code, "nested deeper");
  std::filesystem::resize_file(directory_ / "tokenizer.json", (256u << 20) + 1);
  EXPECT_EQ(error_of([&] { load_tokenizer(directory_); }).code(), ErrorCode::limit_exceeded);
}

TEST_F(TokenizerFiles, RejectsInvalidVocabAndMerges) {
  std::filesystem::remove(directory_ / "tokenizer.json");
  const std::string merges = read("merges.txt");
  const auto code = ErrorCode::invalid_data;
  expect_bytes_error("merges.txt", merges + "one\n", code, "must be two tokens");
  expect_bytes_error("merges.txt", merges + "a b c\n", code, "must be two tokens");
  expect_bytes_error("merges.txt", merges + "\xFF\xFE g\n", code, "not valid UTF-8");
  expect_bytes_error("merges.txt", merges + "qqq z\n", code, "'qqq'");
  expect_bytes_error("merges.txt", merges + merges, code, "duplicate");
  write("merges.txt", merges);
  json vocab = read_json("vocab.json");
  vocab["<|other|>"] = vocab["<|endoftext|>"];
  vocab.erase("<|endoftext|>");
  expect_bytes_error("vocab.json", vocab.dump(), code, "no special token '<|endoftext|>'");
  std::filesystem::remove(directory_ / "merges.txt");
  EXPECT_EQ(error_of([&] { load_tokenizer(directory_); }).code(), ErrorCode::not_found);
}

TEST_F(TokenizerFiles, AcceptsEquivalentNotations) {
  const auto expected = load_tokenizer(directory_)->encode("the cat's ball").ids;
  json file = read_json("tokenizer.json");
  for (auto& merge : file["model"]["merges"]) {  // newer files: pairs
    const auto text = merge.get<std::string>();
    merge = {text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)};
  }
  const auto special = [](const char* id) {
    return json{{"SpecialToken", {{"id", id}, {"type_id", 0}}}};
  };
  file["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single",
                             {special("<|startoftext|>"),
                              {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                              special("<|endoftext|>")}}};
  write("tokenizer.json", file.dump());
  EXPECT_EQ(load_tokenizer(directory_)->encode("the cat's ball").ids, expected);
}

TEST_F(TokenizerFiles, LoadsOpenAiMerges) {
  write("merges.gz", std::string("\x1F\x8B\x08\x00 damaged", 12));
  EXPECT_EQ(error_of([&] { load_openai_tokenizer(directory_ / "merges.gz"); }).code(),
            ErrorCode::invalid_data);
  write("merges", "#version: 0.2\nt h\nth e</w>\n");
  const auto tokenizer = load_openai_tokenizer(directory_ / "merges");
  EXPECT_EQ(tokenizer->encode("The").ids, (std::vector<int32_t>{514, 513, 515}));
  write("merges", "#version: 0.2\nt h\nq_ e</w>\n");
  EXPECT_NE(std::string(error_of([&] { load_openai_tokenizer(directory_ / "merges"); }).what())
                .find("'q_'"),
            std::string::npos);
  EXPECT_EQ(error_of([&] { load_openai_tokenizer(directory_ / "none"); }).code(),
            ErrorCode::not_found);
}

// Files that are no vocabulary, given as one.
TEST_F(TokenizerFiles, RejectsFilesThatAreNoVocabulary) {
  const auto refusal = [&](const std::string& name, const std::string& content) {
    write(name, content);
    const Error error = error_of([&] { load_tokenizer(directory_ / name); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_data) << error.what();
    EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    return std::string(error.what());
  };
  for (const char* content : {"", "\n", "\n\n\n", "#version: 0.2\n", "a b\nc d\n",
                              "just some text\n", "\x89PNG\r\n\x1a\n", "red heart\nblue ball\n"}) {
    const std::string message = refusal("empty.txt", content);
    EXPECT_TRUE(message.find("is not a vocabulary") != message.npos ||
                message.find("merge 1") != message.npos)
        << message;
  }
  refusal("words.txt", "#version: 0.2\nred heart\n");  // no such symbols
  std::filesystem::remove(directory_ / "tokenizer_config.json");
  EXPECT_NE(refusal("vocab.txt", "a\nb\n").find("'[UNK]'"), std::string::npos);
  EXPECT_NE(refusal("other.json", "{\"a\": 1}").find("no tokenizer.json"), std::string::npos);
  EXPECT_NE(refusal("broken.json", "{\"model\": ").find("not valid JSON"), std::string::npos);
}

TEST_F(TokenizerFiles, LoadsAnyVocabularyFileByItsContent) {
  const auto expected = load_tokenizer(directory_)->encode("the cat's ball").ids;
  EXPECT_EQ(load_tokenizer(directory_ / "tokenizer.json")->encode("the cat's ball").ids, expected);
  std::filesystem::rename(directory_ / "tokenizer.json", directory_ / "renamed");
  EXPECT_EQ(load_tokenizer(directory_ / "renamed", 5)->context_length(), 5);
  std::filesystem::remove(directory_ / "tokenizer_config.json");
  write("words.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\n");
  const auto wordpiece = load_tokenizer(directory_ / "words.txt");
  EXPECT_EQ(wordpiece->profile(), TokenizerProfile::wordpiece);
  EXPECT_EQ(wordpiece->encode("red").ids, (std::vector<int32_t>{2, 5, 3}));
  write("merges.bpe", "#version: 0.2\nt h\nth e</w>\n");
  EXPECT_EQ(load_tokenizer(directory_ / "merges.bpe")->encode("The").ids,
            (std::vector<int32_t>{514, 513, 515}));
  EXPECT_EQ(load_tokenizer(directory_ / "merges.bpe", TokenizerProfile::hf)->profile(),
            TokenizerProfile::hf);
}

// A list of merges that ends early gives other ids without any other sign.
TEST_F(TokenizerFiles, RejectsTruncatedMerges) {
  std::filesystem::remove(directory_ / "tokenizer.json");
  expect_bytes_error("merges.txt", "#version: 0.2\n", ErrorCode::invalid_data, "merges, found 0");
}

}  // namespace
}  // namespace sightline
