#include "sample_data/drawings/file_names.h"
#include "sample_data/image_name.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

TEST(SubjectOfFile, RemovesTheNumberAndTheCutNameOfTheCreator) {
  EXPECT_EQ(subject_of_file("cigno_architetto_frances_01", "Architetto Francesco Rollandin"),
            "cigno");
  EXPECT_EQ(subject_of_file("cart_andrea__01r", "Andrea Bianchini"), "cart");
  EXPECT_EQ(subject_of_file("balloon-blue-aj", "AJ Ashton"), "balloon blue");
  EXPECT_EQ(subject_of_file("trumpet_herald__ganson", "Gerald Ganson"), "trumpet herald");
}

TEST(SubjectOfFile, KeepsTheFirstPart) {
  EXPECT_EQ(subject_of_file("andrea_01", "Andrea"), "andrea");
  EXPECT_EQ(subject_of_file("Smiley007", ""), "smiley");
  EXPECT_EQ(subject_of_file("12", "x"), "");
  EXPECT_EQ(subject_of_file("", ""), "");
}

TEST(CreatorWords, KeepsNamesThatAreSubjects) {
  EXPECT_EQ(creator_words("Rose O'Neill (rose@example.org)"), (Words{"oneill", "example", "org"}));
}

TEST(ImageName, IsAsciiAndDependsOnThePath) {
  EXPECT_EQ(image_name("food/Apple (1).svg").substr(0, 10), "apple__1_-");
  EXPECT_NE(image_name("a/x.svg"), image_name("b/x.svg"));
  EXPECT_EQ(image_name("x/" + std::string(90, 'y') + ".svg").size(), 40u + 1 + 8 + 4);
  EXPECT_EQ(image_name("a/x.svg").size(), 1u + 1 + 8 + 4);
}

}  // namespace
}  // namespace sightline
