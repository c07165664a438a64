#!/usr/bin/env python3
"""Tests the page with the program itself, `sightline serve`, instead of the mock server: what the page sends is what the
program accepts, and what it answers is shown."""
import os
import pathlib
import sys
import unittest

from page_case import ROOT, PageCase

sys.path.insert(0, str(ROOT / "tests/server"))
import served_library  # noqa: E402

TOKEN = "a-token-of-the-tests-0123456789"


def setUpModule():
    global library
    if not pathlib.Path(served_library.PROGRAM).exists():
        print("skipped: the web page is not tested: the program is not built")
        sys.exit(0)
    library = served_library.Library(60)


class RealCase(PageCase):
    FLAGS, VARIABLES = (), {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.real = cls.enterClassContext(served_library.Server(library, *cls.FLAGS, variables=cls.VARIABLES))
        cls.base = f"http://{cls.real.host}"

    def start_server(self, state):
        """The program serves all pages of a class."""

    def open_real(self, path="/"):
        self.open(path)
        return self.page


class RealTest(RealCase):
    def test_start_page_shows_images(self):
        self.open_real()
        self.wait_hits()
        self.assertEqual(self.axe(), [])

    def test_search_shows_hits_of_the_library(self):
        self.open_real("/?q=name:large*")
        self.wait_hits()
        self.page.locator(".grid .tile").first.click()
        self.page.wait_for_selector("dialog[open]")
        self.wait_text("dialog[open]", "large.jpg")

    def test_similar_images_of_an_uploaded_one(self):
        self.open_real()
        self.page.set_input_files("input[type=file]", str(library.large))
        self.wait_hits()
        first = self.page.locator(".grid .tile").first.get_attribute("data-id")
        self.page.locator(".grid .tile").first.click()
        self.wait_text("dialog[open]", "large.jpg")
        self.assertTrue(first)

    def test_a_judgement_is_kept(self):
        self.open_real("/?q=square")
        show = self.page.locator("button", has_text="Show the most similar")
        self.wait("!document.body.classList.contains('busy')")
        if show.count():
            show.first.click()
        self.wait_hits()
        tile = self.page.locator(".grid .tile").first
        identity = tile.get_attribute("data-id")
        tile.locator(".open").focus()
        self.press("y")
        client = served_library.Client(self.real)
        for _ in range(100):
            found = client.request("GET", "/v1/feedback?query=square").json()["judgements"]
            if found:
                break
            self.page.wait_for_timeout(50)
        self.assertEqual([(one["id"], one["judgement"]) for one in found], [(identity, "relevant")])

    def test_the_judging_view_counts_judgements(self):
        self.open_real("/?view=judge")
        self.page.get_by_role("button", name="Enter queries").or_(self.page.get_by_role("button", name="Edit queries")).first.click()
        self.page.locator("textarea").fill("a large square\na small one")
        self.page.get_by_role("button", name="Save").click()
        self.wait_text(".judge-stage h2", "a large square")
        self.wait_text(".judge-stage", "0 of")
        self.press("y", "n")
        self.wait_text(".judge-queries [aria-current]", "2 / ")
        self.assertNotIn("undefined", self.page.locator("main").inner_text())
        other = self.page.locator(".judge-query").last
        self.assertEqual(other.locator(".count").inner_text(), "0 judged")

    def test_views(self):
        for view in ("index", "evaluate", "judge", "compare"):
            with self.subTest(view=view):
                self.open_real(f"/?view={view}")
                self.wait("!document.body.classList.contains('busy')")
                self.page.wait_for_selector("main h1, main h2")
                self.assertEqual(self.page.locator("main .error").all_inner_texts(), [])
                self.assertNotRegex(self.page.locator("main").inner_text(), "undefined|NaN|null")


class SignInTest(RealCase):
    VARIABLES = {"SIGHTLINE_TOKEN": TOKEN}

    def test_signs_in_and_out(self):
        self.open_real()
        field = self.page.locator("input[type=password]")
        field.fill("wrong-token-wrong-token")
        self.press("Enter")
        self.wait_text(".sign-in", "not the server")
        field.fill(TOKEN)
        self.press("Enter")
        self.wait_hits()
        cookies = self.context.cookies()
        self.assertEqual(sorted((one["path"], one["httpOnly"], one["sameSite"]) for one in cookies),
                         [("/", True, "Strict"), ("/reports/", True, "Lax")])  # the second reads reports only


if __name__ == "__main__":
    os.environ.setdefault("SIGHTLINE", str(ROOT / "build" / "sightline"))
    unittest.main()
