#!/usr/bin/env python3
"""Tests the tables of metrics and the breakdown in Chromium."""
import json
import unittest

from page_case import PageCase


class TablesTest(PageCase):
    def test_tables_sort_and_the_address_reproduces_it(self):
        self.open()
        column = "[data-name='results.texts'] tbody td:nth-child(3)"
        original = self.data_values(column)
        head = self.find("[data-name='results.texts'] th:nth-child(3) .sort")
        head.click()
        self.assertEqual(self.data_values(column), sorted(original, reverse=True))
        head.click()
        self.assertEqual(self.data_values(column), sorted(original))
        self.assertEqual(self.state(), {"sort.results.texts": "2"})
        self.browser.refresh()
        self.assertEqual(self.data_values(column), sorted(original))
        self.assertEqual(self.find("[data-name='results.texts'] th:nth-child(3)").get_attribute("aria-sort"), "ascending")
        self.find("[data-name='results.texts'] th:nth-child(3) .sort").click()
        self.assertEqual(self.data_values(column), original)
        self.assertEqual(self.state(), {})

    def test_the_first_click_on_a_metric_sorts_the_best_first(self):
        def order(table, state=""):
            """Head of each column -> its direction after the first click."""
            self.open(state)
            return self.run_js("""
                const table = document.querySelector(arguments[0]);
                return Object.fromEntries([...table.tHead.rows[0].cells].map((head) => {
                  head.querySelector('.sort').click();
                  return [head.textContent, head.getAttribute('aria-sort')];
                }))""", table)

        metrics = order("[data-name='results.texts']")
        self.assertIn("R@1 %", metrics)
        for head, direction in metrics.items():
            low = head in ("model", "median rank", "mean rank")
            self.assertEqual(direction, "ascending" if low else "descending", head)
        self.assertEqual(set(order("[data-name='definitions.images']").values()), {"ascending", "descending"})
        for state in ("", "metric=r1"):
            values = order("[data-name='breakdown']", state)
            self.assertEqual(values["value"], "ascending")
            self.assertEqual(values["captions"], "ascending")
            if not state:
                self.assertEqual((values["R@1 %"], values["median rank"]), ("descending", "ascending"))
            else:
                self.assertEqual(values["model 1"], "descending")

    def test_every_table_with_several_rows_sorts_and_filters(self):
        self.open()
        tables = self.run_js(
            "return [...document.querySelectorAll('table.data')].filter((t) => t.tBodies[0].rows.length > 1).map((t) =>"
            "[t.dataset.name, t.querySelectorAll('th .sort').length == t.tHead.rows[0].cells.length,"
            " t.parentElement.previousElementSibling.querySelector('input') !== null])")
        self.assertGreater(len(tables), 8)
        self.assertEqual([name for name, sortable, filterable in tables if not (sortable and filterable)], [])

    def test_tables_filter_by_words_and_by_conditions(self):
        self.open()
        column = "[data-name='results.texts'] tbody td:nth-child(3)"
        values = sorted(self.data_values(column))
        limit = round(100 * (values[0] + values[1]) / 2, 2)
        box = "#results .tools input"
        for name in ("accuracy", "R@5", '"accuracy %"'):
            self.search(f"{name}>{limit}", box)
            self.assertEqual(sorted(self.data_values(column)), values[1:], name)
        self.search('"MODEL 2"', box)
        self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 2 <b>&amp;"])
        self.browser.refresh()
        self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 2 <b>&amp;"])

    def test_conditions_read_bounds_and_either_minus_sign(self):
        results = json.loads((self.report() / "report/results.json").read_text())
        tests = [c for c in results["comparisons"] if c["view"] == "text_to_image"]
        self.assertLess(tests[0]["p"], 0.0001)
        self.open()
        self.open_details()
        table = "[data-name='tests.text_to_image']"
        box = self.run_js(f"return document.querySelector(\"{table}\").parentElement.previousElementSibling.querySelector('input')")
        self.assertEqual(self.texts(f"{table} tbody tr:first-child td:nth-child(6)"), ["<0.0001"])

        def rows(text):
            box.clear()
            box.send_keys(text)
            return len(self.texts(f"{table} tbody th"))

        self.assertEqual(rows("p<0.05"), sum(round(c["p"], 4) < 0.05 for c in tests))
        self.assertEqual(rows("p<0.0001"), 1)
        self.assertEqual(rows("p>=0.0001"), len(tests) - 1)
        negative = sum(c["difference"] < -0.001 for c in tests)
        self.assertGreater(negative, 0)
        for text in ('"A − B"<-0.1', '"A - B"<−0.1'):  # in percent, MRR excepted
            self.assertGreaterEqual(negative, rows(text))
            self.assertGreater(rows(text), 0)
        shown = self.texts(f"{table} tbody td:nth-child(4)")
        self.assertEqual([text for text in shown if "−" in text], [])
        lowest = min(shown, key=float)
        self.assertEqual(rows(f'"{lowest}"'), 1)  # without quotes: not 25.00
        self.assertEqual(rows(f'"{lowest}"'.replace("-", "−")), 1)

    def test_unknown_columns_are_named(self):
        self.open()
        note = "#results .tools .count"
        self.search("foo>3", "#results .tools input")
        self.assertEqual(self.texts(note)[0], "0 of 3 rows. No column “foo”: “foo>3” is searched as a text")
        self.search("R@1>x", "#results .tools input")
        self.assertEqual(self.texts(note)[0], "0 of 3 rows. “x” is not a number")

    def test_the_chance_level_is_below_the_models(self):
        self.open()
        table = "[data-name='results.texts']"
        heads = self.texts(f"{table} thead th")
        chance = dict(zip(heads, self.texts(f"{table} tfoot tr > *")))
        self.assertEqual((chance["model"], chance["R@1 %"], chance["R@10 %"]), ("chance", "1.67", "16.67"))
        self.find(f"{table} thead th:nth-child(3) .sort").click()
        self.search("nothing has this", "#results .tools input")
        self.assertEqual(self.texts(f"{table} tbody th"), [])
        self.assertEqual(self.texts(f"{table} tfoot th"), ["chance"])

    def test_models_can_be_hidden_everywhere(self):
        self.open()
        self.find(".models input[value='1']").click()
        self.assertEqual(self.state(), {"models": "0,2"})
        for _ in range(2):
            self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 1", "model 3"])
            self.assertEqual(len(self.texts("#queries .side h4")), 4)
            heads = self.texts("#captions thead th")
            self.assertFalse([head for head in heads if head.startswith("model 2")], heads)
            self.assertNotIn("model 2 <b>&amp;", self.texts("#breakdown tbody td"))
            self.browser.refresh()

    def test_the_last_model_cannot_be_hidden(self):
        self.open()
        boxes = self.all(".models input")
        for box in boxes[:2]:
            box.click()
        self.assertEqual([(b.is_selected(), b.is_enabled()) for b in boxes], [(False, True), (False, True), (True, False)])
        boxes[2].click()
        self.assertEqual(self.state(), {"models": "2"})
        self.assertEqual(self.texts("[data-name='results.texts'] tbody th"), ["model 3"])
        boxes[0].click()
        self.assertEqual([b.is_enabled() for b in boxes], [True] * 3)
        self.open("models=1")
        self.assertEqual([b.is_enabled() for b in self.all(".models input")], [True, False, True])

    # --- breakdown ---

    def test_breakdown_equals_the_metrics_of_the_library(self):
        results = json.loads((self.report() / "report/results.json").read_text())
        self.open("by=0")
        shown = self.run_js("return [...document.querySelectorAll('#breakdown tbody tr')].map((row) =>"
                            "[row.cells[0].firstChild.textContent, row.cells[1].innerText, Number(row.cells[2].innerText),"
                            " ...[...row.cells].slice(3).map((cell) => Number(cell.dataset.v))])")
        self.assertEqual(len(shown), 2 * 3)
        for split, label, count, *values in shown:
            model = next(m for m in results["models"] if m["label"] == label)
            metrics = model["metrics_by_split"][split]["text_to_image"]
            self.assertEqual(count, metrics["queries"])
            expected = [100 * metrics["recall_at_1"], 100 * metrics["recall_at_5"], 100 * metrics["recall_at_10"],
                        metrics["mean_reciprocal_rank"], metrics["median_rank"]]
            for value, other in zip(values, expected):
                self.assertAlmostEqual(value, other, places=10)

    def test_breakdown_by_a_column_of_the_data_set(self):
        expected = self.expected()["colour"]
        self.open("by=1&metric=r5")
        rows = self.run_js("return [...document.querySelectorAll('#breakdown tbody tr')].map((row) =>"
                           "[row.cells[0].firstChild.textContent, ...[...row.cells].slice(1).map((cell) => cell.dataset.v ?? cell.innerText)])")
        self.assertEqual({row[0] for row in rows}, {value or "(empty)" for value in expected})
        for value, count, *figures in rows:
            models = expected["" if value == "(empty)" else value]
            self.assertEqual(int(count), models[0][0])
            for figure, model in zip(figures, models):
                self.assertAlmostEqual(float(figure), 100 * model[2], places=10)

    def test_breakdown_starts_with_a_column_of_several_values(self):
        self.open("by=9")  # the column "constant"
        self.assertEqual(self.run_js("return [...document.querySelectorAll('#breakdown select')[0].options].map((o) => o.text)"),
                         ["split", "colour", "weight in <b>", "code", "note", "words", "sort", "constructor", "__proto__", "words (number)"])
        self.assertEqual(self.find("#breakdown select").get_property("selectedIndex"), 0)
        self.assertNotIn("constant", self.texts("#captions thead th"))
        self.open(models=1, images=1, captions=1)
        self.assertEqual(self.all("#breakdown, nav a[href='#breakdown']"), [])
        self.assertEqual(self.count(), "1 caption")

    def test_every_value_links_to_its_captions(self):
        self.open()
        count = self.run_js("return columns.length")
        for by in range(count):
            self.open(f"by={by}&metric=r1")
            rows = self.run_js("""
                return [...document.querySelectorAll('#breakdown tbody tr')].map((row) => {
                  row.querySelector('.go').click();
                  const shown = () => parseInt(document.querySelector('#captions .count').textContent);
                  const found = shown(), box = document.querySelector('#captions .tools input');
                  captionTable.change({q: ''});
                  captionTable.change({q: box.value = state.get('q') || box.value});
                  return [row.cells[0].innerText, Number(row.cells[1].textContent), found];
                })""")
            self.assertEqual([found for _, _, found in rows], [expected for _, expected, _ in rows], (by, rows))

    def test_a_value_in_the_search_box_stays_quoted(self):
        self.open("by=4&metric=r1")
        self.run_js("[...document.querySelectorAll('#breakdown tbody tr')]"
                    ".find((row) => row.cells[0].textContent.startsWith('a:b')).querySelector('.go').click()")
        box = self.find("#captions .tools input")
        self.assertEqual(box.get_property("value"), 'note=="a:b ""c"" -d"')
        found = self.count()
        box.send_keys(" ")  # the box is read again
        self.wait(lambda: self.state()["q"].endswith(" "))
        self.assertEqual(self.count(), found)

    def test_texts_of_digits_stay_texts(self):
        self.open("by=3&metric=r1")
        self.assertEqual(sorted(self.run_js("return [...document.querySelectorAll('#breakdown tbody th')].map((c) => c.firstChild.textContent)")),
                         ["007", "0x10", "1e5", "7"])
        self.open("by=2&metric=r1")
        self.assertIn("50 to ", self.texts("#breakdown tbody th")[2])

    def test_a_redraw_leaves_no_listeners(self):
        self.open()
        self.browser.execute_cdp_cmd("Performance.enable", {})

        def listeners():
            self.browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
            metrics = self.browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
            return next(m["value"] for m in metrics if m["name"] == "JSEventListeners")

        redraw = ("for (let i = 0; i < 20; ++i) { breakdown.render(); captionTable.change({q: String(i)}); }"
                  "captionTable.change({q: ''}); return state.listeners.length")
        first = self.run_js(redraw)
        before = listeners()
        self.assertEqual(self.run_js(redraw), first)
        self.assertLess(listeners(), before + 50)

    def test_breakdown_divides_numbers_into_ranges_and_opens_their_captions(self):
        self.open("by=2&metric=mrr")
        counts = [int(text) for text in self.texts("#breakdown tbody td:nth-child(2)")]
        self.assertEqual((len(counts), sum(counts)), (5, 120))
        self.assertGreaterEqual(min(counts), 20)
        self.find("#breakdown tbody tr:nth-child(2) .go").click()
        self.assertEqual(self.count(), f"{counts[1]} of 120 captions")


if __name__ == "__main__":
    unittest.main()
