// Checks of the library's exception.
#pragma once

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <functional>
#include <string>

namespace sightline::test {

// Expects `call` to throw an Error of this code whose message contains `part`.
inline void expect_error(ErrorCode code, const std::string& part,
                         const std::function<void()>& call) {
  try {
    call();
    ADD_FAILURE() << "no error, expected: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace sightline::test
