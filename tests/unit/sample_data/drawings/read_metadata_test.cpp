#include "sample_data/drawings/read_metadata.h"

#include <gtest/gtest.h>

namespace sightline {
namespace {

Drawing read(const std::string& document) {
  return read_metadata({reinterpret_cast<const uint8_t*>(document.data()), document.size()}, "p");
}

std::string with_work(const std::string& work) {
  return "<svg xmlns='http://www.w3.org/2000/svg'><metadata><rdf:RDF xmlns:rdf='r' xmlns='cc' "
         "xmlns:dc='d'><Work rdf:about=''>" +
         work + "</Work></rdf:RDF></metadata><rect/></svg>";
}

TEST(ReadMetadata, ReadsTheWork) {
  const Drawing drawing = read(with_work(
      "<dc:title> An\n  Apple </dc:title><dc:creator><Agent><dc:title>James "
      "Birkett</dc:title></Agent></dc:creator><dc:subject><rdf:Bag><rdf:li>food</rdf:li><rdf:li/>"
      "<rdf:li>red fruit</rdf:li></rdf:Bag></dc:subject><license "
      "rdf:resource='http://x/PublicDomain'/>"));
  EXPECT_EQ(drawing.path, "p");
  EXPECT_EQ(drawing.title, "An Apple");
  EXPECT_EQ(drawing.creator, "James Birkett");
  EXPECT_EQ(drawing.keywords, (std::vector<std::string>{"food", "", "red fruit"}));
  EXPECT_EQ(drawing.licence, "http://x/PublicDomain");
}

TEST(ReadMetadata, RepairsTextsThatWereEscapedTwice) {
  EXPECT_EQ(read(with_work("<dc:title>Pen &amp;amp; d&amp;#39;epoca</dc:title>")).title,
            "Pen & d'epoca");
  EXPECT_EQ(read(with_work("<dc:title>B&amp;Atilde;&amp;uml;r</dc:title>")).title, "B\u00E8r");
}

TEST(ReadMetadata, WhatIsMissingIsEmpty) {
  for (const char* document :
       {"", "no XML", "<svg/>", "<svg><Work>", "<svg><Work><title>x</svg>"}) {
    const Drawing drawing = read(document);
    EXPECT_EQ(drawing.title + drawing.creator + drawing.licence, "") << document;
    EXPECT_TRUE(drawing.keywords.empty()) << document;
  }
}

TEST(ReadMetadata, ReadsOnlyTheFirstWork) {
  EXPECT_EQ(read("<a><Work><title>one</title></Work><Work><title>two</title></Work></a>").title,
            "one");
}

// The content of another file must not become part of the data set.
TEST(ReadMetadata, OpensNoOtherFiles) {
  const Drawing drawing = read(
      "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'><!ENTITY i 'inner'>]><a><Work>"
      "<title>x&e;y</title><creator>&i;</creator></Work></a>");
  EXPECT_EQ(drawing.title.find("root"), std::string::npos) << drawing.title;
  EXPECT_EQ(drawing.creator, "inner");
}

}  // namespace
}  // namespace sightline
