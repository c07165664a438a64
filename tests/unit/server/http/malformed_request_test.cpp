// Malformed and mutated requests. Each is refused, and /health stays reachable.
#include <gtest/gtest.h>

#include <random>

#include "server/http/http_server.h"
#include "server_fixture.h"

namespace sightline::server::test {
namespace {

struct Malformed {
  const char* name;
  std::string request;
  int status = 400;
};

std::string head(const std::string& lines) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

class MalformedRequest : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedRequest, IsRefusedAndTheConnectionClosed) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(GetParam().request));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, GetParam().status) << reply->body;
  EXPECT_FALSE(reply->body.empty());
  EXPECT_TRUE(client.wait_for_close());
  EXPECT_TRUE(is_healthy(server));
}

INSTANTIATE_TEST_SUITE_P(
    Examples, MalformedRequest,
    ::testing::Values(
        Malformed{"TwoLengths", head("Content-Length: 4\r\nContent-Length: 5\r\n") + "abcde"},
        Malformed{"TwoEqualLengths", head("Content-Length: 4\r\nContent-Length: 4\r\n") + "abcd"},
        Malformed{"ListOfLengths", head("Content-Length: 4, 4\r\n") + "abcd"},
        Malformed{"LengthAndCoding",
                  head("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
        Malformed{
            "TwoCodings",
            head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
        Malformed{"UnknownCoding", head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501},
        Malformed{"CodingInHttp10",
                  "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Malformed{"NegativeLength", head("Content-Length: -1\r\n")},
        Malformed{"SignedLength", head("Content-Length: +4\r\n") + "abcd"},
        Malformed{"HexadecimalLength", head("Content-Length: 0x4\r\n") + "abcd"},
        Malformed{"HugeLength", head("Content-Length: 99999999999999999999999\r\n"), 413},
        Malformed{"NineteenDigits", head("Content-Length: 9999999999999999999\r\n")},
        Malformed{"SpaceBeforeColon", head("Content-Length : 4\r\n") + "abcd"},
        Malformed{"NoColon", head("Content-Length 4\r\n")}, Malformed{"EmptyName", head(": x\r\n")},
        Malformed{"CarriageReturnInValue", head("X: a\rContent-Length: 4\r\n")},
        Malformed{"NulInValue", head(std::string("X: a\0b\r\n", 8))},
        Malformed{"NulInLength", head(std::string("Content-Length: 0\0junk\r\n", 24))},
        Malformed{"NulInName", head(std::string("X\0Y: a\r\n", 8))},
        Malformed{"ControlInValue", head("X: a\x01\r\n")},
        Malformed{"ContinuedLine", head("X: a\r\n b\r\n")},
        Malformed{"LineFeedOnly", "GET /health HTTP/1.1\nHost: a\n\n"},
        Malformed{"LineFeedInHeaders", head("X: a\nY: b\r\n")},
        Malformed{"NoHost", "GET /health HTTP/1.1\r\n\r\n"},
        Malformed{"TwoHosts", head("Host: b\r\n")},
        Malformed{"NoVersion", "GET /health\r\nHost: a\r\n\r\n"},
        Malformed{"NewVersion", "GET /health HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        Malformed{"MalformedMethod", "G@T /health HTTP/1.1\r\nHost: a\r\n\r\n"},
        Malformed{"AbsoluteTarget", "GET http://a/health HTTP/1.1\r\nHost: a\r\n\r\n"},
        Malformed{"SpaceInTarget", "GET /he alth HTTP/1.1\r\nHost: a\r\n\r\n"},
        Malformed{"Traversal", get("/../etc/passwd")},
        Malformed{"EncodedTraversal", get("/a/%2e%2e%2Fetc/passwd")},
        Malformed{"Backslash", get("/a%5c..%5cb")}, Malformed{"NulInPath", get("/a%00b")},
        Malformed{"NotUtf8", get("/%ff")}, Malformed{"OverlongUtf8", get("/%c0%ae%c0%ae/")},
        Malformed{"HalfEscape", get("/health?q=%4")},
        Malformed{"NulInParameter", get("/health?q=%00")},
        Malformed{"BadChunkSize", head("Transfer-Encoding: chunked\r\n") + "xyz\r\nabc"},
        Malformed{"NegativeChunkSize", head("Transfer-Encoding: chunked\r\n") + "-1\r\nabc"},
        Malformed{"HugeChunkSize", head("Transfer-Encoding: chunked\r\n") + "fffffffffffffffff\r\n",
                  413},
        Malformed{"BytesAfterChunk",
                  head("Transfer-Encoding: chunked\r\n") + "3\r\nabcdef\r\n0\r\n\r\n"}),
    [](const auto& example) { return std::string(example.param.name); });

std::string mutated(std::string request, std::mt19937& random) {
  const auto below = [&](size_t end) { return random() % end; };
  for (size_t changes = 1 + below(4); changes > 0 && !request.empty(); --changes) {
    const size_t at = below(request.size());
    const std::string bytes = {"\0\r\n :;,%/?&=x0-\xff\"\t", 19};
    switch (below(4)) {
      case 0:
        request[at] = bytes[below(bytes.size())];
        break;
      case 1:
        request.insert(at, 1, bytes[below(bytes.size())]);
        break;
      case 2:
        request.erase(at, 1 + below(5));
        break;
      default:
        request.insert(at, request.substr(below(request.size()), 1 + below(40)));
    }
  }
  return request;
}

// Every connection ends, with an answer or without, and the server goes on.
TEST(MutatedRequests, DoNoHarm) {
  TestServer server;
  std::mt19937 random(5);
  const std::vector<std::string> requests = {
      get("/health?q=caf%C3%A9&k=5", "Accept: */*\r\nCookie: a=b; c=d\r\n"),
      post("/echo", "some body"),
      head("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n") +
          "5\r\nhello\r\n0\r\nA: b\r\n\r\n",
      get("/refused") + get("/health", "Connection: close\r\n")};
  for (int i = 0; i < 2000; ++i) {
    TestClient client = server.client();
    const std::string request = mutated(requests[static_cast<size_t>(i) % requests.size()], random);
    client.send(request);
    client.end_sending();
    ASSERT_TRUE(client.wait_for_close()) << ::testing::PrintToString(request);
  }
  EXPECT_TRUE(is_healthy(server));
}

}  // namespace
}  // namespace sightline::server::test
