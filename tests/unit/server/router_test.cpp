#include "server/router.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

Router make_router() {
  Router router;
  router.add({"GET", "/"});
  router.add({"GET", "/v1/items/{id}"});
  router.add({"GET", "/v1/items/{id}/similar"});
  router.add({"POST", "/v1/items/{id}"});
  router.add({"GET", "/reports/{name}/{path...}"});
  return router;
}

TEST(Router, FindsRoutesAndTheirValues) {
  const Router router = make_router();
  EXPECT_EQ(router.match("GET", "/").route->pattern, "/");
  const RouteMatch item = router.match("GET", "/v1/items/12");
  ASSERT_NE(item.route, nullptr);
  EXPECT_EQ(item.values, std::vector<std::string>{"12"});
  EXPECT_EQ(router.match("GET", "/v1/items/12/similar").route->pattern, "/v1/items/{id}/similar");
  EXPECT_EQ(router.match("POST", "/v1/items/12").route->method, "POST");
}

TEST(Router, TakesTheRestOfAPath) {
  const RouteMatch found = make_router().match("GET", "/reports/emoji/files/a.png");
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.values, (std::vector<std::string>{"emoji", "files/a.png"}));
  EXPECT_EQ(make_router().match("GET", "/reports/emoji/").values,
            (std::vector<std::string>{"emoji", ""}));
}

TEST(Router, AnswersHeadAsGet) {
  EXPECT_EQ(make_router().match("HEAD", "/v1/items/1").route->method, "GET");
}

TEST(Router, NamesTheMethodsOfAPath) {
  const RouteMatch found = make_router().match("DELETE", "/v1/items/1");
  EXPECT_EQ(found.route, nullptr);
  EXPECT_EQ(found.allowed, "GET, HEAD, POST");
}

TEST(Router, HasNoRouteForOtherPaths) {
  const Router router = make_router();
  for (const char* path : {"", "x", "/v1", "/v1/items", "/v1/items/", "/v1/items//similar",
                           "/v1/items/1/", "/v1/items/1/similar/2", "//"}) {
    EXPECT_EQ(router.match("GET", path).route, nullptr) << path;
    EXPECT_EQ(router.match("GET", path).allowed, "") << path;
  }
  EXPECT_EQ(router.pattern_of("GET", "/v1/nothing"), "other");
}

}  // namespace
}  // namespace sightline::server
