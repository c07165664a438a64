#!/usr/bin/env python3
"""Tests the other views: comparison, judging, evaluation, index, sign-in; and themes, keys and help."""
import unittest

from page_case import PageCase


class CompareTest(PageCase):
    def test_two_models_on_one_query(self):
        self.open("/?view=compare")
        self.wait_text(".page", "Type a query")
        self.search("lake")
        self.wait_text(".page .quiet", "are found by both models")
        self.assertEqual(self.page.get_by_label("First model").first.locator("select").input_value(), "emoji-words")
        self.assertEqual(self.page.get_by_label("Second model").first.locator("select").input_value(), "emoji-vit-8")
        left = self.page.locator(".column").first.locator(".compare-row li")
        self.assertEqual(left.count(), 40)
        self.page.locator(".column select").nth(1).select_option("emoji-words")
        self.wait_text(".page .quiet", "40 of the first 40 hits")
        self.assertEqual(self.parameter("right"), "emoji-words")
        self.assertIn("#1", left.first.inner_text())
        self.assertIn("other #1", left.first.inner_text())


class JudgeTest(PageCase):
    def test_hits_are_marked_by_keyboard(self):
        self.open("/?view=judge&q=snow")
        self.wait_text(".judge-stage", "0 of 37 images judged")
        self.press("y", "n", "y")
        self.wait_text(".judge-stage", "3 of 37 images judged")
        self.wait("document.querySelectorAll('.film .relevant').length === 2")
        self.press("ArrowLeft", "u")
        self.wait_text(".judge-stage", "2 of 37 images judged")
        self.press("ArrowLeft", "ArrowLeft", " ")
        self.assertEqual(self.page.locator(".film [aria-current]").get_attribute("aria-label"), "Image 3, not judged")
        self.wait_text(".judge-queries [aria-current]", "2 / 37")
        self.wait_server(lambda api: sorted(value for (query, _), value in list(api.judgements.items()) if query == "snow"),
                         ["irrelevant", "relevant"])

    def test_of_two_judgements_the_later_one_is_stored(self):
        self.open("/?view=judge&q=snow", "latejudgements")
        self.wait_text(".judge-stage", "0 of 37 images judged")
        self.press("y", "ArrowLeft", "u", "n")
        self.wait_server(lambda api: [body["judgement"] for body in api.log], ["relevant", "none", "irrelevant"])

    def test_all_judged_is_said(self):
        self.open("/?view=judge&q=snow")
        self.wait_text(".judge-stage", "0 of 37")
        for _ in range(37):
            self.press("n")
        self.wait_text(".judge-stage", "All judged.")

    def test_buttons_judge_and_queries_are_chosen(self):
        self.open("/?view=judge")
        self.page.locator(".judge-query", has_text="red car").click()
        self.wait_text(".judge-stage h2", "red car")
        self.page.locator(".choice.relevant").click()
        self.wait_text(".judge-stage", "1 of 37")
        self.page.go_back()
        self.wait_text(".judge-stage h2", "a dog on the lawn")

    def test_queries_are_edited(self):
        self.open("/?view=judge", "nojudge")
        self.page.get_by_role("button", name="Enter queries").click()
        self.page.locator("textarea").fill("one\n\n two \none\n")
        self.press("y", "n", "Backspace", "Backspace")  # typed into the field, not judgements
        self.page.get_by_role("button", name="Save").click()
        self.wait_text(".judge-stage h2", "one")
        self.assertEqual(self.server.api.queries, ["one", "two"])
        self.assertFalse(any(query == "one" for query, _ in self.server.api.judgements))

    def test_qrels_are_exported_and_imported(self):
        self.open("/?view=judge")
        self.wait_text(".judge-stage", "12 of 37")
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Export qrels").click()
        self.assertEqual(download.value.suggested_filename, "qrels.txt")
        with open(download.value.path(), encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 12)
        self.page.set_input_files("input[accept*='qrels']", [{"name": "a.qrels", "mimeType": "text/plain", "buffer": b"a 0 1 1\nb 0 2 0\n"}])
        self.wait_text(".toast", "2 judgements added; 1 image not in the index")

    def test_a_judgement_that_is_not_stored_is_taken_back(self):
        self.open("/?view=judge&q=snow", "full")
        self.wait_text(".judge-stage", "0 of 37")
        self.press("y")
        self.wait_text(".toast", "disk is full")
        self.wait_text(".judge-stage", "0 of 37")


class EvaluateTest(PageCase):
    def test_quality_with_intervals_and_reports(self):
        self.open("/?view=evaluate")
        self.wait_text(".measured", "0.60 to 0.75")
        self.assertEqual(self.page.locator(".plot .point").count(), 10)
        self.assertEqual(self.page.get_by_role("link", name="Emoji, test split").get_attribute("href"), "/reports/emoji/")

    def test_corrections_are_learned_switched_off_and_chosen(self):
        self.open("/?view=evaluate")
        self.page.get_by_role("button", name="Learn from the judgements").click()
        self.wait_text(".notice", "Refused: held-out judgements did not improve. 0.610 before, 0.612 after, p 0.410.")
        self.page.get_by_role("button", name="Switch off").click()
        self.wait("document.querySelectorAll('td b').length === 0")
        self.assertIsNone(self.server.api.active)
        self.page.get_by_role("button", name="Use version 1").click()
        self.wait_text("tr", "active")
        self.assertEqual(self.server.api.active, 1)
        self.assertEqual(self.page.get_by_role("button", name="Use version 2").count(), 0)


class IndexTest(PageCase):
    def test_an_update_is_started_followed_and_cancelled(self):
        self.open("/?view=index")
        self.wait_text(".stat", "3,655")
        self.page.get_by_role("button", name="Update the index").click()
        self.wait_text("main", "of 2,000 images")
        before = self.page.locator("progress").first.get_attribute("value")
        self.wait("value => document.querySelector('progress').getAttribute('value') !== value", before)
        self.page.get_by_role("button", name="Cancel").click()
        self.page.get_by_role("button", name="Update the index").wait_for()

    def test_following_the_folders_is_not_cancelled(self):
        self.open("/?view=index", "watching")
        self.wait_text("main", "follows the library's folders")
        self.assertEqual(self.page.get_by_role("button", name="Cancel").count(), 0)

    def test_failures_have_pages(self):
        self.open("/?view=index", "failures")
        self.wait_text(".page", "1 to 50 of 120")
        self.page.get_by_role("button", name="Next").click()
        self.wait_text(".page", "51 to 100 of 120")
        self.assertIn("IMG_00050.jpg", self.text(".failures tbody tr"))
        self.page.get_by_role("button", name="Next").click()
        self.wait_text(".page", "101 to 120 of 120")
        self.assertTrue(self.page.get_by_role("button", name="Next").is_disabled())


class SessionTest(PageCase):
    def test_the_token_is_asked_for(self):
        self.open("/?q=lake", "token")
        self.wait_text("h1", "Sign in")
        self.page.get_by_label("Token").fill("wrong")
        self.press("Enter")
        self.wait_text(".error-text", "not the server's token")
        self.page.get_by_label("Token").fill("secret")
        self.page.get_by_role("button", name="Sign in").click()
        self.wait_hits()
        self.page.get_by_role("button", name="Sign out").click()
        self.wait_text("h1", "Sign in")

    def test_an_ended_session_asks_again(self):
        self.open("/?q=lake", "token")
        self.page.get_by_label("Token").fill("secret")
        self.press("Enter")
        self.wait_hits()
        self.server.api.signed_in = False
        self.page.locator("#q").fill("snow")
        self.wait_text("h1", "Sign in")

    def test_a_server_that_does_not_answer_is_reported(self):
        self.open()
        self.wait_text("#count", "newest first")
        self.page.route("**/v1/**", lambda route: route.abort())
        self.page.reload()
        self.wait_text(".notice", "does not answer")
        self.page.unroute_all()
        self.page.get_by_role("button", name="Try again").click()
        self.wait_text("#count", "newest first")


class ReadOnlyTest(PageCase):
    def test_nothing_that_writes_is_offered(self):
        self.open("/?q=snow", "readonly")
        self.wait_hits()
        self.assertEqual(self.page.locator(".thumb-button").count(), 0)
        self.page.get_by_role("link", name="Index").click()
        self.wait_text(".notice", "does not change the index")
        self.page.get_by_role("link", name="Evaluation").click()
        self.wait_text("table", "accepted")
        self.assertEqual(self.page.get_by_role("button", name="Learn from the judgements").count(), 0)


class PageTest(PageCase):
    def background(self):
        return self.js("getComputedStyle(document.body).backgroundColor")

    def test_the_theme_is_switched_and_kept(self):
        self.open(theme="dark")
        dark = self.background()
        button = self.page.locator(".bar-buttons .icon-button").first
        button.click()
        light = self.background()
        self.assertNotEqual(light, dark)
        self.assertEqual(button.get_attribute("aria-label"), "Colours: light")
        self.page.reload()
        self.assertEqual(self.background(), light)
        button.click()
        button.click()
        self.assertEqual(self.background(), dark)

    def test_keys_lead_to_views_and_fields(self):
        self.open("/?q=lake")
        self.wait_hits()
        self.press("/")
        self.assertEqual(self.js("document.activeElement.id"), "q")
        self.press("?")  # typed into the field
        self.assertFalse(self.page.locator("dialog.help").is_visible())
        self.press("Backspace")
        self.js("document.activeElement.blur()")
        for key, view in (("2", "compare"), ("3", "judge"), ("4", "evaluate"), ("5", "index"), ("1", "search")):
            self.press(key)
            self.wait("view => document.body.dataset.view === view", view)
        for key in "ftp":
            self.press(key)
            self.wait("document.querySelector('.panel:not([hidden])')")
            self.press(key)
            self.wait("!document.querySelector('.panel:not([hidden])')")

    def test_help_opens_and_keys_can_be_turned_off(self):
        self.open("/?q=lake")
        self.wait_hits()
        self.press("?")
        self.wait_text("dialog.help", "more like this")
        self.page.get_by_label("Keys of one letter").uncheck()
        self.press("Escape")
        self.press("f")
        self.assertFalse(self.page.locator(".panel").is_visible())
        self.page.reload()
        self.wait_hits()
        self.press("?")
        self.assertFalse(self.page.locator("dialog.help").is_visible())

    def test_links_between_views_have_addresses(self):
        self.open("/?q=lake")
        self.wait_hits()
        link = self.page.get_by_role("link", name="Compare")
        self.assertEqual(link.get_attribute("href"), "/?view=compare&q=lake")
        link.click()
        self.wait_text(".compare-caption", "other")
        self.page.go_back()
        self.wait_hits()

    def test_the_menu_of_narrow_windows(self):
        self.open("/?q=lake", width=360)
        self.assertFalse(self.page.get_by_role("link", name="Judge").is_visible())
        self.page.locator("button.menu").click()
        self.page.get_by_role("link", name="Judge").click()
        self.wait_text(".judge-stage", "of 37")
        self.assertFalse(self.page.get_by_role("link", name="Judge").is_visible())

    def test_the_first_tab_skips_to_the_content(self):
        self.open("/?q=lake")
        self.wait_hits()
        self.press("Tab")
        self.assertEqual(self.js("document.activeElement.textContent"), "Skip to the content")
        self.press("Enter")
        self.assertEqual(self.js("document.activeElement.id"), "main")

    def test_nothing_is_loaded_from_elsewhere(self):
        requests = []
        self.open()
        self.page.on("request", lambda request: requests.append(request.url))
        self.page.goto(f"{self.base}/?q=lake&item=81&panel=places")
        self.page.wait_for_selector("dialog.detail .neighbours img")
        self.assertGreater(len(requests), 10)
        self.assertEqual([url for url in requests if not url.startswith((self.base, "data:", "blob:"))], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
