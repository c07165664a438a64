#!/usr/bin/env python3
"""Tests the table of captions in Chromium."""
import unittest

from page_case import HOSTILE, PageCase

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select


class CaptionsTest(PageCase):
    def test_right_and_wrong_counts_equal_the_ranks(self):
        ranks = self.ranks()
        for a, b, k in ((0, 2, 1), (2, 0, 5), (1, 2, 3)):
            pairs = list(zip(ranks[a], ranks[b]))
            expected = {"a-not-b": sum(x <= k < y for x, y in pairs), "b-not-a": sum(y <= k < x for x, y in pairs),
                        "both": sum(max(x, y) <= k for x, y in pairs), "neither": sum(min(x, y) > k for x, y in pairs),
                        "disagree": sum(min(r) <= k < max(r) for r in zip(*ranks)),
                        "every": sum(max(r) <= k for r in zip(*ranks)), "none": sum(min(r) > k for r in zip(*ranks))}
            self.assertGreater(expected["a-not-b"], 0)
            for show, count in expected.items():
                self.open(f"a={a}&b={b}&k={k}&show={show}")
                self.assertEqual(self.count(), f"{count} of 120 captions", (show, a, b, k))

    def test_controls_choose_models_and_filter(self):
        ranks = self.ranks()
        self.open()
        for label, text in (("A", "model 3"), ("B", "model 1"), ("Show", "A right, B wrong")):
            field = next(f for f in self.all("#captions .tools .field") if f.text.split("\n")[0] == label)
            Select(field.find_element(By.TAG_NAME, "select")).select_by_visible_text(text)
        k = self.find("#captions .k")
        k.clear()
        k.send_keys("2")
        count = sum(x <= 2 < y for x, y in zip(ranks[2], ranks[0]))
        self.assertEqual(self.count(), f"{count} of 120 captions")
        self.assertEqual(self.state(), {"a": "2", "b": "0", "show": "a-not-b", "k": "2"})

    def test_captions_sort_by_the_difference_of_two_models(self):
        ranks = self.ranks()
        self.open("a=1&b=2&sort=-difference")
        order = sorted(range(120), key=lambda t: ranks[2][t] - ranks[1][t])
        self.assertEqual(self.captions(), order[:50])
        self.assertEqual(self.run_js("return document.querySelector('#captions tbody td:last-child').innerText"),
                         f"+{ranks[1][order[0]] - ranks[2][order[0]]}")
        self.find("#captions th:last-child .sort").click()
        self.assertEqual(self.captions(), list(range(50)))  # of the data set
        self.find("#captions th:last-child .sort").click()
        order = sorted(range(120), key=lambda t: ranks[1][t] - ranks[2][t])
        self.assertEqual(self.captions(), order[:50])
        self.find("#captions .pager [aria-label='Last page']").click()
        self.assertEqual(self.captions(), order[100:])
        self.browser.refresh()
        self.assertEqual(self.captions(), order[100:])

    def test_the_third_click_restores_the_order(self):
        self.open()
        heads = len(self.all("#captions thead th"))
        original = self.captions()
        for head in range(1, heads + 1):
            orders = []
            for _ in range(3):
                self.find(f"#captions th:nth-child({head}) .sort").click()
                orders.append(self.captions())
            self.assertEqual(orders[2], original, head)
            self.assertNotEqual(orders[0], orders[1], head)
            self.assertEqual(self.state(), {})

    def test_hidden_models_are_not_compared(self):
        ranks = self.ranks()

        def marks():
            return self.run_js("return [...document.querySelectorAll('#captions thead th[data-model]')].map((head) =>"
                               "[Number(head.dataset.model), head.querySelector('.mark')?.textContent ?? ''])")

        def options(label):
            return self.run_js("return [...document.querySelectorAll('#captions .tools .field')].filter((f) => f.offsetParent"
                               " && f.firstChild.textContent === arguments[0]).map((f) => [...f.querySelectorAll('option')].length)",
                               label)

        self.open("models=0,1")
        self.assertEqual(marks(), [[0, "A"], [1, "B"]])
        self.assertEqual((options("A"), options("B")), ([2], [2]))
        self.open("models=0,1&a=1&b=2")
        self.assertEqual(marks(), [[0, "B"], [1, "A"]])
        self.open("models=1,2&show=a-not-b&k=1")
        self.assertEqual(self.count(), f"{sum(x <= 1 < y for x, y in zip(ranks[1], ranks[2]))} of 120 captions")
        self.open("models=1&b=2&show=a-not-b&sort=rank2")
        self.assertEqual(marks(), [[1, ""]])
        self.assertEqual((options("A"), options("B"), options("Show")), ([], [], [3]))
        self.assertEqual(self.count(), "120 captions")
        self.assertEqual(self.captions(), sorted(range(120), key=lambda t: ranks[1][t])[:50])
        self.open()
        self.find(".models input[value='2']").click()
        self.assertEqual(marks(), [[0, "A"], [1, "B"]])
        self.find(".models input[value='2']").click()
        self.assertEqual(marks(), [[0, "A"], [1, ""], [2, "B"]])

    def test_k_is_validated(self):
        for k in ("abc", "-1", "99999", "0", "2.5", "1e1", "61"):
            self.open("show=none&k=" + k)
            self.assertEqual(self.find("#captions .problems").text, f"K is a whole number from 1 to 60, found “{k}”: K = 5 is used")
            self.assertEqual(self.find("#captions .k").get_property("value"), "5")
            count = self.count()
            self.open("show=none&k=5")
            self.assertEqual((self.count(), self.find("#captions .problems").text), (count, ""))

    def test_a_typed_k_that_is_not_used_is_told_and_not_kept(self):
        self.open("show=none")
        count, box = self.count(), self.find("#captions .k")
        for k in ("0", "-3", "2.5", "61"):
            box.clear()
            box.send_keys(k)
            message = f"K is a whole number from 1 to 60, found “{k}”: K = 5 is used"
            self.assertEqual(self.find("#captions .problems").text, message)
            self.assertEqual(box.get_attribute("aria-invalid"), "true")
            self.assertEqual((self.count(), self.state()), (count, {"show": "none"}))
            box.send_keys(Keys.ENTER)
            self.assertEqual(box.get_property("value"), "5")
            self.assertIsNone(box.get_attribute("aria-invalid"))
            self.assertEqual(self.find("#captions .problems").text, message)
        box.send_keys(Keys.BACKSPACE, "2")
        self.assertEqual((self.find("#captions .problems").text, self.state()), ("", {"show": "none", "k": "2"}))
        self.open("show=none&k=2.5")
        self.assertEqual(self.state(), {"show": "none"})

    def test_names_of_the_page_and_of_objects_are_columns(self):
        rows, ranks = self.expected()["rows"], self.ranks()
        codes = [row["fields"][2] for row in rows for _ in row["captions"]]
        texts = [caption for row in rows for caption in row["captions"]]
        cases = {"words=2": sum(len(text.split()) == 2 for text in texts), "column.words=odd": 60, "words:odd": 0,
                 "sort=odd": 60, "constructor=odd": 60, "__proto__=odd": 60, "column.__proto__=odd": 60,
                 "code=007": codes.count("007"), "code=7": codes.count("7"), "code:7": codes.count("7") + codes.count("007"),
                 "code=1e5": codes.count("1e5"), "code=100000": 0, '"model.model 1">3': sum(rank > 3 for rank in ranks[0]),
                 "note==Red": 14, "note=Red": 28, "toString:x": 0}
        self.open()
        for text, expected in cases.items():
            self.run_js("captionTable.change({q: arguments[0]})", text)
            self.assertEqual(self.count(), f"{expected} of 120 captions", text)
            self.assertEqual(self.find("#captions .problems").text != "", text.startswith("toString"), text)
        self.open(models=4)
        for text in ("sort=odd", "model.sort>=1 column.sort=odd"):
            self.run_js("captionTable.change({q: arguments[0]})", text)
            self.assertEqual(self.count(), "60 of 120 captions", text)
        keys = ("show", "metric", "sort", "def", "a", "b", "k", "row", "page", "models", "by", "at", "sort.breakdown")
        for name in ("constructor", "__proto__", "toString", "hasOwnProperty"):
            self.open("&".join(f"{key}={name}" for key in keys))
            self.assertEqual(self.count(), "120 captions")
            self.assertEqual(len(self.texts("#breakdown tbody tr")), 6)

    def test_unknown_names_are_told(self):
        self.open()
        problems = "#captions .problems"
        self.search("foo:bar red")
        self.wait(lambda: self.find(problems).text)
        self.assertEqual(self.find(problems).text, "No column “foo”: “foo:bar” is searched as a text")
        self.assertEqual(self.count(), "0 of 120 captions")
        self.search("words>many")
        self.wait(lambda: "many" in self.find(problems).text)
        self.assertEqual(self.find(problems).text, "“many” is not a number")
        self.search("difference<−5")  # U+2212
        self.wait(lambda: not self.find(problems).text)
        found = self.count()
        self.search("difference<-5")
        self.wait(lambda: self.state()["q"] == "difference<-5")
        self.assertEqual(self.count(), found)
        self.assertNotIn("−", "".join(self.texts("#captions tbody td:last-child")))

    def test_search_reads_captions_ids_and_columns(self):
        rows = self.expected()["rows"]
        ranks = self.ranks()

        def count(condition):
            return sum(condition(row) for row in rows for _ in row["captions"])

        texts = [(row, caption) for row in rows for caption in row["captions"]]
        cases = {
            "00017": count(lambda r: "00017" in r["id"]),
            "写真": 2,
            "AGAIN": 60,
            "red again": sum("again" in c and "red" in (c + " ".join(r["fields"])).lower() for r, c in texts),
            "-again": 60,
            '"shared caption"': 2,
            "colour:red": count(lambda r: r["fields"][0] == "red"),
            "colour=green": count(lambda r: r["fields"][0] == "green"),
            '"weight in <b>">=50 "weight in <b>"<60': count(lambda r: 50 <= float(r["fields"][1]) < 60),
            "split:novel -colour:red": count(lambda r: r["fields"][0] != "red" and rows.index(r) % 3 == 0),
            '"model 1">3': sum(rank > 3 for rank in ranks[0]),
            "words=2": sum(len(c.split()) == 2 for _, c in texts),
            "</script>": 1,
            "nothing has this": 0,
        }
        self.open()
        for text, expected in cases.items():
            self.assertTrue(expected or text.startswith("nothing"))
            self.search(text)
            self.wait(lambda: self.state().get("q") == text)
            self.assertEqual(self.count(), f"{expected} of 120 captions", text)

    def test_the_address_reproduces_the_whole_state(self):
        self.open()
        self.search("colour:red")
        self.wait(lambda: "q" in self.state())
        self.find("#captions th:nth-child(1) .sort").click()
        self.find("#captions tbody tr:nth-child(3) .toggle").click()
        Select(self.all("#breakdown select")[0]).select_by_visible_text("colour")
        Select(self.all("#breakdown select")[1]).select_by_visible_text("MRR")
        self.find("#breakdown th:nth-child(3) .sort").click()
        self.find(".models input[value='2']").click()
        self.find("nav a[href='#breakdown']").click()
        self.assertEqual(set(self.state()), {"q", "sort", "row", "by", "metric", "sort.breakdown", "models", "at"})

        def shown():
            return self.run_js("return document.querySelector('main').innerText")

        before, link = shown(), self.browser.current_url
        self.assertIn("other caption", before)
        self.browser.get("about:blank")
        self.browser.get(link)
        self.assertEqual(shown(), before)
        self.assertEqual(self.find("#captions .tools input").get_attribute("value"), "colour:red")
        self.assertLess(abs(self.run_js("return document.getElementById('breakdown').getBoundingClientRect().top")), 120)
        self.run_js("location.hash = 'row=5'")  # a link that is opened in the same tab
        self.wait(lambda: self.count() == "120 captions")
        self.assertEqual(len(self.all("#captions tr.detail")), 1)

    def test_an_opened_row_shows_the_image_and_all_figures(self):
        line = self.lines()[6]
        self.open("row=6")
        self.assertIn(6, self.captions())  # on the page that has it
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(2)"), [str(m["rank"]) for m in line["models"]])
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(3)"),
                         [str(m["rank_caption_equivalent"]) for m in line["models"]])
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(4)"), [str(m["image_rank"]) for m in line["models"]])
        self.assertEqual(self.texts("#captions .facts tbody td:nth-child(5)"), [f"{m['similarity']:.4f}" for m in line["models"]])
        self.assertIn(HOSTILE, self.texts("#captions .detail dd"))
        self.open("row=12")  # row 6 of the data set has no image
        self.assertEqual(self.texts("#captions .detail .pic"), ["images/00006.png"])

    def test_a_click_anywhere_on_a_row_opens_it(self):
        self.open()
        text = self.captions()[1]
        row = f"#captions tr[data-text='{text}']"

        def opened():
            return self.state().get("row")

        for cell in range(1, len(self.all(row + " > *")) + 1):
            place = self.find(f"{row} > :nth-child({cell})")
            self.assertEqual(self.run_js("return getComputedStyle(arguments[0]).cursor", place), "pointer")
            self.run_js("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", place)
            width, height = place.rect["width"], place.rect["height"]
            click = ActionChains(self.browser)
            click.move_to_element_with_offset(place, int(width / 2) - 3, int(height / 2) - 3).click().perform()
            self.assertEqual(opened(), str(text), cell)
            self.find(row + " .toggle").click()
            self.assertIsNone(opened(), cell)
        self.find(row + " .copy").click()
        self.assertIsNone(opened())
        ActionChains(self.browser).double_click(self.find(row + " > td:last-child")).perform()  # selects the number
        self.assertEqual(opened(), str(text))
        self.find(row + " .toggle").click()
        ActionChains(self.browser).drag_and_drop_by_offset(self.find(row + " th"), 40, 0).perform()
        self.assertTrue(self.run_js("return getSelection().toString()"))
        self.assertIsNone(opened())
        self.find(row + " .toggle").send_keys(Keys.ENTER)
        self.assertEqual(opened(), str(text))
        self.find("#captions .detail dd").click()
        self.assertEqual(opened(), str(text))

    def test_the_address_of_a_row_scrolls_to_it(self):
        row = "#captions tr[data-text='535']"
        for page in ("index.html", "figures.html"):
            self.open("row=535", page=page, models=2, images=700, captions=5)
            self.wait(lambda: self.run_js("return document.readyState") == "complete")
            self.wait(lambda: 0 <= self.top(row) < 120)
        self.open(models=2, images=700, captions=5)
        self.run_js("location.hash = 'row=535'")  # a link that is opened in the same tab
        self.wait(lambda: self.all(row) and 0 <= self.top(row) < 120)
        self.open("row=535&at=breakdown", models=2, images=700, captions=5)
        self.wait(lambda: abs(self.top("#breakdown")) < 120)
        self.find("nav a[href='#captions']").click()
        toggle = self.find("#captions tbody tr:nth-child(3) .toggle")
        toggle.click()
        self.assertEqual(set(self.state()) & {"row", "at"}, {"row"})  # the row is opened later

    def test_the_definition_of_relevant_changes_ranks(self):
        lines = self.lines()
        for state, key in (("", "rank"), ("&def=equivalent", "rank_caption_equivalent")):
            self.open("q=%22shared+caption%22&sort=caption" + state)
            found = [line for line in lines if line["caption"] == "shared caption"]
            self.assertEqual(self.run_js("return [...document.querySelectorAll('#captions tbody td[data-model=\"0\"]')]"
                                         ".map((cell) => Number(cell.innerText))"),
                             [line["models"][0][key] for line in found])

    def test_large_tables_are_paged(self):
        self.open("sort=caption", models=2, images=700, captions=5)
        self.assertEqual(self.count(), "3,500 captions")
        self.assertEqual(len(self.captions()), 50)
        self.assertEqual(self.find("#captions .pager span").text, "1 / 70")
        head = "#captions .captions thead"
        for button, page in (("Next page", 2), ("Last page", 70), ("Previous page", 69)):
            self.run_js("arguments[0].scrollIntoView()", self.find("#captions .pager"))
            self.find(f"#captions .pager [aria-label='{button}']").click()
            self.assertEqual(self.find("#captions .pager span").text, f"{page} / 70")
            self.assertLess(abs(self.top(head)), 120)
        self.search("number 699 again")
        self.wait(lambda: self.count() == "4 of 3,500 captions")
        self.assertEqual(self.captions(), [3496, 3497, 3498, 3499])
        self.assertEqual(self.all("#captions .pager button"), [])


if __name__ == "__main__":
    unittest.main()
