// Files that execute code if Python reads them.
#include <gtest/gtest.h>

#include <algorithm>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

struct Attack {
  const char* name;
  std::string pickle;
};

std::vector<Attack> attacks() {
  const std::string argument = "X\x10" + std::string(3, '\0') + "touch owned.file";
  return {{"posix.system",
           "\x80\x02"
           "cposix\nsystem\n" +
               argument + "\x85R."},
          {"os.system",
           "\x80\x02"
           "cos\nsystem\n" +
               argument + "\x85R."},
          {"builtins.eval",
           "\x80\x02"
           "cbuiltins\neval\n" +
               argument + "\x85R."},
          {"builtins.exec", std::string("\x80\x04\x8c\x08") +
                                "builtins\x8c\x04"
                                "exec\x93" +
                                argument + "\x85R."},
          {"shutil.rmtree",
           "\x80\x02"
           "cshutil\nrmtree\n" +
               argument + "\x85R."}};
}

TEST(Malicious, PicklesAreRejectedInOneSentence) {
  const fs::path folder = fresh_folder("malicious");
  fs::create_directories(folder / "model");
  write_bytes(folder / "model/config.json", R"({"model_type": "clip"})");
  write_bytes(folder / "texts.txt", "a red ball\n");
  for (const Attack& attack : attacks()) {
    for (const fs::path& file : {folder / "x.pt", folder / "model/pytorch_model.bin"}) {
      write_bytes(file, attack.pickle);
      const fs::path model = file.filename() == "x.pt" ? file : file.parent_path();
      for (const auto& arguments : {std::vector<std::string>{"models", model},
                                    {"encode", "--model", model, "--texts", folder / "texts.txt",
                                     "--out", folder / "out.npy"}}) {
        const Finished done = sightline(arguments);
        // `models` lists the skipped models of a folder and prints their number.
        const bool listed = arguments[0] == "models" && model != file;
        EXPECT_EQ(done.exit_code, listed ? 3 : 1) << done.err;
        EXPECT_TRUE(done.out.empty()) << done.out;
        EXPECT_NE(done.err.find("names '" + std::string(attack.name) + "'"), std::string::npos)
            << done.err;
        EXPECT_NE(done.err.find("nothing was executed"), std::string::npos) << done.err;
        if (!listed) {
          EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
        }
      }
      fs::remove(file);
    }
  }
  EXPECT_FALSE(fs::exists("owned.file"));
  EXPECT_FALSE(fs::exists(folder / "out.npy"));
}

}  // namespace
}  // namespace sightline::testing
