#!/usr/bin/env python3
"""Tests the grid: justified rows, 100,000 results, keys, selection, near-duplicates and judgements."""
import unittest

from page_case import PageCase

ROWS = """() => [...document.querySelectorAll('.grid .row')].filter((row) => row.querySelector('.tile')).map((row) => {
    const grid = document.querySelector('.grid').getBoundingClientRect();
    const boxes = [...row.querySelectorAll('.tile')].map((tile) => tile.getBoundingClientRect());
    return {left: boxes[0].left - grid.left, right: grid.right - boxes[boxes.length - 1].right, top: boxes[0].top,
            bottom: boxes[0].bottom, gaps: boxes.slice(1).map((box, at) => box.left - boxes[at].right)};
})"""


class LayoutTest(PageCase):
    def test_rows_fill_the_width_at_all_sizes(self):
        for width in (360, 700, 1280, 2560):
            with self.subTest(width=width):
                self.open("/?q=lake", width=width)
                self.wait_hits()
                rows = self.js(ROWS)
                self.assertGreater(len(rows), 2)
                for row in rows:
                    self.assertEqual(row["left"], 0)
                    self.assertLess(abs(row["right"]), 1)
                    self.assertTrue(all(abs(gap - 8) < 0.01 for gap in row["gaps"]))
                for row, following in zip(rows, rows[1:]):
                    self.assertLess(row["bottom"], following["top"])

    def test_the_layout_follows_the_window(self):
        self.open("/?q=lake")
        self.wait_hits()
        self.page.set_viewport_size({"width": 800, "height": 900})
        self.wait("document.querySelector('.grid').clientWidth < 800")
        self.wait_hits()
        # The grid is laid out again a moment after its width has changed.
        self.wait(f"() => {{ const rows = ({ROWS})(); return rows.length > 2 && rows.every((row) => Math.abs(row.right) < 1); }}")


class HugeTest(PageCase):
    def test_only_visible_rows_exist(self):
        self.open("/?q=lake", "huge")
        self.wait_hits()
        height = self.js("document.documentElement.scrollHeight")
        self.assertGreater(height, 3_000_000)
        for share in (0.1, 0.5, 0.9):
            self.js("top => window.scrollTo(0, top)", height * share)
            self.wait("""() => [...document.querySelectorAll('.tile img.loaded')].some((image) => {
                const box = image.getBoundingClientRect();
                return box.top > 0 && box.bottom < innerHeight;
            })""")
            self.assertLess(self.page.locator(".tile").count(), 120)
        self.assertLess(self.js("document.querySelectorAll('*').length"), 4000)

    def test_scrolling_is_smooth(self):
        """Scrolls 20 windows at 60 steps a window. The bound is generous: test machines are busy."""
        self.open("/?q=lake", "huge")
        self.wait_hits()
        times = self.js("""async () => {
            const frame = () => new Promise(requestAnimationFrame);
            const times = [];
            let before = await frame();
            for (let step = 0; step < 300; ++step) {
                window.scrollBy(0, 60);
                const now = await frame();
                times.push(now - before);
                before = now;
            }
            return times.sort((a, b) => a - b);
        }""")
        median, slow = times[len(times) // 2], times[int(len(times) * 0.95)]
        print(f"frames while scrolling: median {median:.1f} ms, 95th percentile {slow:.1f} ms")
        self.assertLess(median, 40)
        self.assertLess(slow, 120)

    def test_a_fast_jump_loads_only_where_it_ends(self):
        self.open("/?q=lake", "huge")
        self.wait_hits()
        requests = []
        self.page.on("request", lambda request: requests.append(request.url) if "/v1/search" in request.url else None)
        self.js("""async () => {
            for (let step = 1; step <= 40; ++step) {
                window.scrollTo(0, step * 50000);
                await new Promise(requestAnimationFrame);
            }
        }""")
        self.page.wait_for_timeout(1500)
        self.assertLess(len(requests), 8)

    def test_the_last_hit_is_reached_by_keyboard(self):
        self.open("/?q=lake+width%3A%3E0&group=0", "huge")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("Control+End")
        self.wait("document.activeElement.getAttribute('aria-label')?.startsWith('Hit 100,000 of 100,000')")
        self.open("/?q=lake", "huge")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("Control+End")  # a third of the images are folded, so that there are fewer hits
        self.wait("/^Hit 66,670 of 66,670/.test(document.activeElement.getAttribute('aria-label'))")
        self.press("Control+Home")
        self.wait("document.activeElement.getAttribute('aria-label')?.startsWith('Hit 1 of')")

    def test_blocks_that_fail_can_be_loaded_again(self):
        self.open("/?q=lake", "flaky")
        self.wait_hits()
        self.wait("() => { window.scrollTo(0, 40000); return document.querySelector('.gap.failed'); }")
        self.server.api.states.clear()
        self.page.locator(".gap.failed button").first.click()
        self.wait("document.querySelectorAll('.tile').length > 4")


class KeysTest(PageCase):
    def setUp(self):
        super().setUp()
        self.open("/?q=a+dog+on+the+lawn&panel=")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()

    def ids(self):
        return self.js("[...document.querySelectorAll('.tile')].map((tile) => tile.dataset.id)")

    def test_one_tile_is_a_tab_stop(self):
        self.assertEqual(self.page.locator(".grid [tabindex='0']").count(), 1)
        self.press("ArrowRight", "ArrowRight")
        self.assertEqual(self.page.locator(".grid [tabindex='0']").count(), 1)
        self.assertEqual(self.js("document.activeElement.tabIndex"), 0)

    def test_arrows_home_and_end_move(self):
        ids = self.ids()
        self.press("ArrowRight")
        self.assertEqual(self.focused(), ids[1])
        self.press("ArrowLeft")
        self.assertEqual(self.focused(), ids[0])
        self.press("ArrowDown")
        below = self.focused()
        self.assertGreater(ids.index(below), 1)
        self.press("ArrowUp")  # to the image whose centre is nearest, which need not be the first
        self.assertEqual(*self.js("""first => [first, document.activeElement.closest('.tile').dataset.id].map(
            (id) => document.querySelector(`[data-id="${id}"]`).getBoundingClientRect().top)""", ids[0]))
        self.press("End")
        last = self.focused()
        self.press("ArrowRight")
        self.assertEqual(ids.index(self.focused()), ids.index(last) + 1)
        self.press("Home")
        self.assertEqual(ids.index(self.focused()), ids.index(last) + 1)

    def test_the_focus_is_visible_and_survives_scrolling(self):
        self.press("ArrowRight")
        outline = self.js("getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth")
        self.assertEqual(outline, "solid3px")
        focused = self.focused()
        self.js("window.scrollTo(0, 20000)")
        self.page.wait_for_timeout(300)
        self.assertEqual(self.focused(), focused)

    def test_many_steps_cross_blocks(self):
        for _ in range(45):
            self.press("ArrowDown")
        self.wait("Number(/^Hit (\\d+)/.exec(document.activeElement.getAttribute('aria-label'))?.[1]) > 110")
        box = self.js("(({top, bottom}) => [top, bottom])(document.activeElement.getBoundingClientRect())")
        self.assertGreater(box[0], 60)
        self.assertLess(box[1], 900)

    def test_steps_count_while_images_are_loaded(self):
        self.open("/?q=a+dog+on+the+lawn&panel=", "latepages")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("Control+End", "ArrowLeft", "ArrowLeft", "ArrowLeft")
        self.wait("/^Hit (\\d+) of (\\d+)/.exec(document.activeElement.getAttribute('aria-label')?.replaceAll(',', ''))"
                  "?.slice(1).reduce((hit, total) => total - hit) === 3")

    def test_selected_images_become_a_query(self):
        ids = self.ids()
        self.press("x", "ArrowRight", "x", "ArrowRight", "x")
        self.wait_text(".selection-bar", "3 selected")
        self.press("x")
        self.wait_text(".selection-bar", "2 selected")
        self.assertEqual(self.page.locator(".tile[aria-selected=true]").count(), 2)
        self.page.get_by_role("button", name="Search with these").click()
        self.wait("q => new URLSearchParams(location.search).get('q') === q", f"like:{ids[0]} like:{ids[1]}")
        self.assertFalse(self.page.locator(".selection-bar").is_visible())
        self.assertEqual(self.page.locator(".chip.with-image").count(), 2)

    def test_escape_clears_the_selection(self):
        self.press("x")
        self.wait_text(".selection-bar", "1 selected")
        self.press("Escape")
        self.assertFalse(self.page.locator(".selection-bar").is_visible())

    def test_more_like_this(self):
        first = self.ids()[0]
        self.press("m")
        self.wait("q => new URLSearchParams(location.search).get('q') === q", f"like:{first}")

    def test_near_duplicates_unfold(self):
        self.open("/?q=lake")
        fold = self.page.locator(".fold").first
        self.assertIn("+3", fold.inner_text())
        before = self.page.locator(".tile.duplicate").count()
        tile = fold.locator("xpath=..")
        tile.locator(".open").focus()
        self.press("d")
        self.page.wait_for_selector(".tile.duplicate")
        self.assertEqual(self.page.locator(".tile.duplicate").count(), before + 3)
        self.press("d")
        self.wait("document.querySelectorAll('.tile.duplicate').length === 0")
        self.assertIsNotNone(self.focused())


class JudgementTest(PageCase):
    def test_hits_are_judged_by_keys_and_buttons(self):
        self.open("/?q=snow")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("y")
        first = self.focused()
        self.wait("document.querySelector('.thumb-button.relevant').getAttribute('aria-pressed') === 'true'")
        self.press("n")
        self.wait("document.querySelector('.thumb-button.irrelevant').getAttribute('aria-pressed') === 'true'")
        self.wait_server(lambda api: api.judgements.get(("snow", first)), "irrelevant")
        self.assertEqual(self.server.api.log[-1]["rank"], 1)
        self.press("u")
        self.wait("document.querySelector('.thumb-button.irrelevant').getAttribute('aria-pressed') === 'false'")
        self.wait_server(lambda api: ("snow", first) in api.judgements, False)
        self.page.locator(".tile").nth(1).locator(".thumb-button.relevant").click()
        self.wait_text(".refine", "Refine with 1 judgement")

    def test_judgements_refine_the_query(self):
        self.open("/?q=snow", "latejudgements")
        self.wait_hits()
        self.page.locator(".tile .open").first.focus()
        self.press("y", "ArrowRight", "n")
        ids = self.js("[...document.querySelectorAll('.tile')].slice(0, 2).map((tile) => tile.dataset.id)")
        self.wait_text(".refine", "Refine with 2 judgements")
        self.page.locator(".refine").click()
        self.wait_text(".refine", "Refined with judgements")
        self.wait_server(lambda api: api.log and api.log[-1].get("feedback"), {"relevant": [ids[0]], "irrelevant": [ids[1]]})
        self.assertEqual(self.parameter("refine"), "1")
        self.page.locator(".refine").click()
        self.wait_text(".refine", "Refine with 2 judgements")

    def test_judgements_of_the_server_are_shown(self):
        self.open("/?q=snow")
        self.wait_hits()
        first = self.js("document.querySelector('.tile').dataset.id")
        self.server.api.judgements[("snow", first)] = "irrelevant"
        self.page.reload()
        self.wait_text(".refine", "Refine with 1 judgement")
        self.assertEqual(self.page.locator(".thumb-button.irrelevant").first.get_attribute("aria-pressed"), "true")

    def test_a_judgement_that_is_not_stored_is_taken_back(self):
        self.open("/?q=snow", "full")
        self.wait_hits()
        self.page.locator(".thumb-button.relevant").first.click()
        self.wait_text(".toast", "The disk is full")
        self.assertEqual(self.page.locator(".thumb-button.relevant").first.get_attribute("aria-pressed"), "false")

    def test_images_and_filters_alone_are_not_judged(self):
        self.open("/?q=tag%3Aprint")
        self.wait_hits()
        self.assertEqual(self.page.locator(".thumb-button").count(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
