#!/usr/bin/env python3
"""Shows every state of the page at three widths, light and dark: axe-core reports nothing, nothing overflows, and a
screenshot is taken."""
import sys
import unittest

from page_case import PageCase

WIDTHS = {360: 740, 1280: 900, 2560: 1400}


def dialog(case):
    case.page.wait_for_selector("dialog.detail .terms, dialog.detail dl")
    case.page.wait_for_selector("dialog.detail .neighbours img")


def select_two(case):
    case.page.locator(".tile .open").first.focus()
    case.press("x", "ArrowRight", "x", "y", "ArrowRight", "n")


def unfold(case):
    case.page.locator(".fold").first.click()
    case.page.wait_for_selector(".tile.duplicate img.loaded")


def help_sheet(case):
    menu(case)
    case.page.locator("[title^=Help]:visible, nav.open button:last-child:not([title])").first.click()


def suggest(case):
    case.page.locator("#q").fill("ca")
    case.page.wait_for_selector("#suggestions li")


def menu(case):
    if case.page.locator("button.menu").is_visible():
        case.page.locator("button.menu").click()


def upload(case):
    case.page.set_input_files("#file", [{"name": "dropped.png", "mimeType": "image/png", "buffer": b"PNG"}])
    case.wait_text(".chip", "dropped.png")


def edit_queries(case):
    case.page.get_by_role("button", name="Edit queries").click()


def learn(case):
    case.page.get_by_role("button", name="Learn from the judgements").click()
    case.wait_text(".notice", "Refused")


def deep(case):
    case.js("window.scrollTo(0, 1500000)")
    case.wait_hits()


def end_of_flaky(case):
    case.wait("() => { window.scrollTo(0, 40000); return document.querySelector('.gap.failed'); }")


def zoom(case):
    dialog(case)
    case.press("+", "+", "ArrowRight")


def explain(case):
    dialog(case)
    case.press("w")
    case.page.wait_for_selector(".explanation .words")
    case.page.locator(".explanation").scroll_into_view_if_needed()


def refused_explanation(case):
    dialog(case)
    case.press("w")
    case.wait_text(".explanation .notice", "is busy")


# name: (state of the mock, address, a selector and a text to wait for, what to do then)
STATES = {
    "start": ("", "/", "#count", "newest first", None),
    "hits": ("", "/?q=lake", "#count", "matches", None),
    "terms": ("", "/?q=lake*2+-snow+camera%3Acanon+-tag%3Aprint", ".chip", "snow", None),
    "sorted": ("", "/?q=tag%3Aholiday+sort%3Apath", "#count", "of 3,655", None),
    "loading": ("slow", "/?q=lake", "#count", "Searching", None),
    "no-match": ("", "/?q=zebra", ".notice", "No image stands out", None),
    "no-match-shown": ("", "/?q=zebra&all=1", ".notice", "No image stands out", None),
    "weak": ("", "/?q=weak", ".notice", "Weak", None),
    "unknown": ("few", "/?q=lake", "#count", "the most similar first", None),
    "query-error": ("", "/?q=foo%3Abar", ".notice", "is not a filter", None),
    "no-filter-match": ("", "/?q=lake+camera%3Aleica", ".notice", "No image meets", None),
    "warning": ("warning", "/?q=lake", ".notice", "read in 2 parts", None),
    "error": ("error", "/?q=lake", ".notice", "could not answer", None),
    "flaky": ("flaky", "/?q=lake", "#count", "matches", end_of_flaky),
    "empty": ("empty", "/", "#count", "no images yet", None),
    "huge": ("huge", "/?q=lake", "#count", "100,000", deep),
    "selection": ("", "/?q=lake", "#count", "matches", select_two),
    "duplicates": ("", "/?q=lake", "#count", "matches", unfold),
    "suggestions": ("", "/", "#count", "newest first", suggest),
    "image": ("", "/?q=lake", "#count", "matches", upload),
    "gone-image": ("", "/?images=x-1", ".notice", "no longer in memory", None),
    "filters": ("", "/?q=lake+tag%3Aprint&panel=filters", ".facet", "hiking", None),
    "timeline": ("", "/?q=lake+date%3A2020&panel=timeline", ".bar-button", "2020", None),
    "places": ("", "/?q=lake&panel=places", ".place", "images", None),
    "no-metadata": ("nometa", "/?q=lake&panel=places", ".panel .quiet", "None of these", None),
    "detail": ("", "/?q=lake+-snow&item=81", "#detail-title", "IMG_00081", dialog),
    "explained": ("", "/?q=calm+lake+-snow&item=81", "#detail-title", "IMG_00081", explain),
    "explained-in-parts": ("warning", "/?q=calm+lake&item=36", "#detail-title", "IMG_00036", explain),
    "no-explanation": ("noexplanation", "/?q=lake&item=81", "#detail-title", "IMG_00081", refused_explanation),
    "zoomed": ("", "/?q=lake&item=81", "#detail-title", "IMG_00081", zoom),
    "no-item": ("", "/?q=lake&item=999999", "dialog .notice", "There is no image", None),
    "help": ("", "/?q=lake", "#count", "matches", help_sheet),
    "menu": ("", "/?q=lake", "#count", "matches", menu),
    "compare": ("", "/?view=compare&q=lake", ".compare-caption", "other", None),
    "compare-start": ("", "/?view=compare", ".page", "Type a query", None),
    "judge": ("", "/?view=judge", ".judge-stage", "12 of 37", None),
    "judge-edit": ("", "/?view=judge", ".judge-stage", "12 of 37", edit_queries),
    "judge-empty": ("nojudge", "/?view=judge", ".notice", "Enter queries", None),
    "evaluation": ("", "/?view=evaluate", ".measured", "nDCG@10", learn),
    "evaluation-empty": ("nojudge", "/?view=evaluate", ".notice", "no judgements yet", None),
    "no-corrections": ("nocorrections", "/?view=evaluate", ".notice", "without corrections", None),
    "index": ("failures", "/?view=index", ".failures", "JPEG data end", None),
    "index-running": ("running", "/?view=index", "main", "being updated", None),
    "index-watching": ("watching", "/?view=index", "main", "follows the library's folders", None),
    "index-writer": ("writer", "/?view=index", ".notice", "Another process", None),
    "read-only": ("readonly", "/?view=index", ".notice", "does not change the index", None),
    "sign-in": ("token", "/", ".sign-in", "Token", None),
}


class StatesTest(PageCase):
    def check(self, name, width):
        with self.subTest(state=name, width=width):
            self.check_state(name, width)

    def check_state(self, name, width):
        state, path, selector, text, act = STATES[name]
        self.open(path, state, width, WIDTHS[width])
        self.wait_text(selector, text)
        pushed_down = width == 360 and "panel=" in path  # the panel is above the grid, which may be out of sight
        if self.page.locator(".grid").count() and name != "flaky" and not pushed_down:
            self.wait_hits()
        if act:
            act(self)
        for theme in ("light", "dark"):
            with self.subTest(theme=theme):
                self.page.emulate_media(color_scheme=theme)
                self.shoot(f"{name}-{width}-{theme}")
                self.assertEqual(self.axe(), [])
                wide = self.js("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                self.assertLessEqual(wide, 0, "the page is wider than the window")

    def test_states_at_360(self):
        for name in STATES:
            self.check(name, 360)

    def test_states_at_1280(self):
        for name in STATES:
            self.check(name, 1280)

    def test_states_at_2560(self):
        for name in STATES:
            self.check(name, 2560)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in STATES:  # one state, while working on it
        only = sys.argv.pop(1)
        for other in list(STATES):
            if other != only:
                del STATES[other]
    unittest.main(verbosity=2)
