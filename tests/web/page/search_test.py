#!/usr/bin/env python3
"""Tests searching: typing, the address, suggestions, chips, panels, images as queries, and sentences about confidence."""
import unittest

from page_case import PageCase

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror=\"window.hacked=1\"> & 'x'"


class TypingTest(PageCase):
    def test_typing_searches_and_the_address_reproduces_it(self):
        self.open()
        self.wait_text("#count", "newest first")
        self.search("snow -dog")
        self.wait_text("#count", "matches")
        self.assertEqual(self.js("document.title"), "snow -dog · Sightline")
        count = self.text("#count")
        self.page.reload()
        self.wait_text("#count", count)
        self.assertEqual(self.page.locator("#q").input_value(), "snow -dog")

    def test_back_returns_to_queries_not_to_letters(self):
        self.open()
        self.wait_text("#count", "newest first")
        for query in ("snow", "lake"):
            self.page.locator("#q").fill("")
            self.page.locator("#q").press_sequentially(query, delay=90)
            self.press("Enter")
            self.wait("q => new URLSearchParams(location.search).get('q') === q", query)
        self.page.go_back()
        self.wait("document.querySelector('#q').value === 'snow'")
        self.wait_text("#count", "matches")
        self.page.go_back()
        self.wait_text("#count", "newest first")
        self.page.go_forward()
        self.wait("document.querySelector('#q').value === 'snow'")

    def test_answers_that_come_late_are_dropped(self):
        self.open()
        self.wait_text("#count", "newest first")
        aborted = []
        self.page.on("requestfailed", lambda request: aborted.append(request.url))
        held = []  # requests that are not answered
        self.page.route("**/v1/search?q=zebra&*", lambda route: held.append(route))
        self.search("zebra")
        for _ in range(500):
            if held:
                break
            self.page.wait_for_timeout(20)
        self.search("lake")
        self.wait_text("#count", "matches")
        self.page.wait_for_timeout(300)
        self.assertIn("matches", self.text("#count"))
        self.assertEqual(len([url for url in aborted if "q=zebra" in url]), 1)

    def test_no_request_for_each_letter(self):
        self.open()
        self.wait_text("#count", "newest first")
        requests = []
        self.page.on("request", lambda request: requests.append(request.url) if "/v1/search" in request.url else None)
        self.page.locator("#q").press_sequentially("mountains", delay=30)
        self.wait_text("#count", "matches")
        self.assertLessEqual(len(requests), 3)

    def test_a_busy_server_is_asked_again(self):
        self.open("/?q=lake", "busy")
        self.wait_text("#count", "busy")
        self.server.api.states.discard("busy")
        self.wait_text("#count", "matches")

    def test_suggestions_complete_the_last_word_by_keyboard(self):
        self.open()
        self.page.locator("#q").press_sequentially("lake canon", delay=10)
        self.page.wait_for_selector("#suggestions li")
        self.press("ArrowDown")
        self.assertEqual(self.page.locator("#q").get_attribute("aria-activedescendant"), "suggestion-0")
        self.press("Enter")
        self.assertEqual(self.page.locator("#q").input_value(), 'lake camera:"Canon EOS 5D" ')
        self.wait_text(".chip.filter", "Canon EOS 5D")
        self.assertFalse(self.page.locator("#suggestions").is_visible())

    def test_suggestions_close_with_escape_and_take_clicks(self):
        self.open()
        self.page.locator("#q").press_sequentially("hol", delay=10)
        self.page.wait_for_selector("#suggestions li")
        self.press("Escape")
        self.assertFalse(self.page.locator("#suggestions").is_visible())
        self.page.locator("#q").press_sequentially("i", delay=10)
        self.page.locator("#suggestions li").first.click()
        self.wait("new URLSearchParams(location.search).get('q') === 'tag:holiday'")

    def test_texts_of_the_server_are_not_html(self):
        self.open()
        self.wait_text("#count", "newest first")

        def hostile(route):
            answer = route.fetch().json()
            for hit in answer["hits"]:
                hit.update(name=HOSTILE, path=HOSTILE, captions=[HOSTILE])
            answer["warnings"] = [HOSTILE]
            route.fulfill(json=answer)

        self.page.route("**/v1/search?*", hostile)
        self.search("lake")
        self.wait_text(".notice", "<script>")
        self.assertIsNone(self.js("window.hacked ?? null"))
        self.assertIn(HOSTILE, self.page.locator(".tile .open").first.get_attribute("aria-label"))


class ChipsTest(PageCase):
    def test_weights_change_the_query(self):
        self.open("/?q=red+snow*2+lake")
        self.wait_text(".chip", "red snow")
        self.assertEqual(self.page.locator(".chip .weight").all_inner_texts(), ["×2", "×1"])
        self.page.get_by_role("button", name="Less red snow").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'red snow*1.5 lake'")
        self.assertEqual(self.js("document.activeElement.getAttribute('aria-label')"), "Less red snow")
        for _ in range(2):
            self.page.get_by_role("button", name="Less red snow").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'red snow*0.75 lake'")
        for _ in range(3):
            self.page.get_by_role("button", name="Less lake").click()
        for _ in range(4):
            self.page.get_by_role("button", name="Less lake").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'red snow*0.75 -lake'")
        self.page.get_by_role("button", name="Remove red snow").click()
        self.wait("new URLSearchParams(location.search).get('q') === '-lake'")

    def test_terms_stay_apart_when_a_weight_becomes_1(self):
        self.open("/?q=red*1.5+car")
        self.page.get_by_role("button", name="Less red").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'red + car'")
        self.assertEqual(self.page.locator(".chip").count(), 2)

    def test_filters_are_negated_and_removed(self):
        self.open("/?q=lake+tag%3Aprint")
        self.wait_text(".chip.filter", "print")
        self.page.locator(".chip.filter button.text").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake -tag:print'")
        self.page.get_by_role("button", name="Remove tag print").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake'")

    def test_quotes_and_colons_survive_a_change(self):
        query = '"Title: a \\"b\\"" + 16:9 like:"12"*0.5 -"two words" field.x:>=2 -in:"a b/"'
        self.open()
        self.search(query)
        self.page.get_by_role("button", name="More image 12").click()
        self.wait("q => new URLSearchParams(location.search).get('q') === q", query.replace("*0.5", "*0.75").replace(" + 16", " 16"))


class OptionsTest(PageCase):
    def requested(self, act):
        with self.page.expect_request(lambda request: "/v1/search" in request.url) as request:
            act()
        return request.value.url

    def test_order_diversity_grouping_and_model(self):
        self.open("/?q=lake")
        self.wait_hits()
        self.assertIn("sort%3A-date", self.requested(lambda: self.page.get_by_label("Order").select_option("Newest")))
        self.assertEqual(self.parameter("q"), "lake sort:-date")
        self.requested(lambda: self.page.get_by_label("Order").select_option("Most similar"))
        self.assertEqual(self.parameter("q"), "lake")
        self.assertIn("diversity=0.2", self.requested(lambda: self.page.get_by_label("Diversity").select_option("Some diversity")))
        self.assertIn("group=0", self.requested(lambda: self.page.get_by_label("Fold duplicates").uncheck()))
        self.assertIn("model=emoji-vit-8", self.requested(lambda: self.page.get_by_label("Model", exact=True).select_option("emoji-vit-8")))
        self.wait_text(".details", "emoji-vit-8")

    def test_facets_toggle_filters(self):
        self.open("/?q=lake")
        self.press("f")
        self.page.locator(".facet", has_text="hiking").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake tag:hiking'")
        self.wait_text("#count", "of 3,655")
        self.wait("document.querySelector('[data-key=\"tag:hiking\"]').getAttribute('aria-pressed') === 'true'")
        self.page.locator(".facet", has_text="hiking").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake'")
        self.page.get_by_role("button", name="7 more").click()
        self.assertGreater(self.page.locator("[aria-labelledby=facet-in] .facet").count(), 8)
        self.page.get_by_label("After").fill("2020")
        self.press("Tab")
        self.wait("new URLSearchParams(location.search).get('q') === 'lake after:2020'")
        self.page.get_by_role("button", name="Close the panel").click()
        self.assertEqual(self.js("document.activeElement.dataset.panelButton"), "filters")

    def test_the_timeline_filters_by_year_and_month(self):
        self.open("/?q=lake&panel=timeline")
        self.page.locator(".bar-button", has_text="2019").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake date:2019'")
        self.wait_text(".chart h3", "Months of 2019")
        self.page.locator(".bar-button", has_text="May").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake date:2019-05'")
        self.page.locator(".bar-button", has_text="May").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake'")

    def test_places_filter_from_the_list_and_the_map(self):
        self.open("/?q=lake&panel=places")
        self.page.locator(".place").first.click()
        self.wait("/^lake box:/.test(new URLSearchParams(location.search).get('q'))")
        self.wait("document.querySelector('.dot.chosen')")
        self.wait_text("#count", "of 3,655")
        self.page.locator(".dot.chosen").dispatch_event("click")
        self.wait("new URLSearchParams(location.search).get('q') === 'lake'")


class ConfidenceTest(PageCase):
    def test_hits_show_similarity_and_confidence(self):
        self.open("/?q=lake")
        self.wait_hits()
        score = self.text(".tile .score")
        self.assertRegex(score, r"(?s)0\.3\d\d.*sure.*q < 0\.001")
        self.assertRegex(self.page.locator(".tile .open").first.get_attribute("aria-label"),
                         r"Hit 1 of 3,\d+, .*, similarity 0\.3\d\d, sure, q < 0\.001")

    def test_no_match_is_said_and_hits_are_shown_on_request(self):
        self.open("/?q=zebra")
        self.wait_text("#count", "No match among 3,655 images")
        self.assertEqual(self.page.locator(".tile").count(), 0)
        self.page.get_by_role("button", name="Show the most similar images").click()
        self.wait_hits()
        self.assertIn("unsure", self.text(".tile .score"))
        self.page.go_back()
        self.wait("document.querySelectorAll('.tile').length === 0")

    def test_weak_matches_are_said(self):
        self.open("/?q=weak")
        self.wait_text(".notice", "Weak")
        self.wait_text(".tile .sure", "possible")

    def test_a_line_follows_the_last_match(self):
        self.open("/?q=flowers+rating%3A5+tag%3Aprint")
        self.wait_hits()
        matches = int(self.text("#count").split()[0])
        self.wait_text(".divider", "by chance")
        before = self.js("""() => {
            const line = document.querySelector('.divider').getBoundingClientRect().top;
            return [...document.querySelectorAll('.tile')].filter((tile) => tile.getBoundingClientRect().top < line).length;
        }""")
        self.assertEqual(before, matches)

    def test_the_number_of_results_is_announced(self):
        self.open("/?q=lake")
        self.wait_text("#count", "matches")
        self.wait("document.querySelector('#live').textContent.includes('matches among 3,655 images')")

    def test_filters_without_images_can_be_dropped(self):
        self.open("/?q=lake+camera%3Aleica")
        self.page.get_by_role("button", name="Search without filters").click()
        self.wait("new URLSearchParams(location.search).get('q') === 'lake'")

    def test_errors_of_the_query_name_the_column(self):
        self.open("/?q=foo%3Abar")
        self.wait_text(".notice", "Column 1 of the query: 'foo:' is not a filter")

    def test_errors_can_be_tried_again(self):
        self.open("/?q=lake", "error")
        self.wait_text(".notice", "could not answer")
        self.server.api.states.clear()
        self.page.get_by_role("button", name="Try again").click()
        self.wait_hits()


class ImagesTest(PageCase):
    FILES = """type => {
        const data = new DataTransfer();
        data.items.add(new File(['PNG'], 'a.png', {type: 'image/png'}));
        const init = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
        document.body.dispatchEvent(type === 'paste' ? new ClipboardEvent(type, init) : new DragEvent(type, init));
    }"""

    def test_dropped_pasted_and_chosen_images_are_searched(self):
        for way in ("drop", "paste", "choose"):
            with self.subTest(way=way):
                self.open()
                self.wait_text("#count", "newest first")
                if way == "choose":
                    self.page.set_input_files("#file", [{"name": "a.png", "mimeType": "image/png", "buffer": b"PNG"}])
                else:
                    self.js(self.FILES, way)
                self.wait_text(".chip", "a.png")
                self.wait_text("#count", "the most similar first")
                self.wait_hits()

    def test_dragging_shows_where_to_drop(self):
        self.open()
        self.js(self.FILES, "dragenter")
        self.assertTrue(self.page.locator(".drop").is_visible())
        self.js(self.FILES, "dragleave")
        self.assertFalse(self.page.locator(".drop").is_visible())

    def test_text_and_image_with_weights_are_sent_as_json(self):
        self.open("/?q=lake")
        self.wait_hits()
        self.js(self.FILES, "drop")
        self.wait_text(".chip", "a.png")
        self.assertEqual(self.page.locator(".chip").count(), 2)
        self.page.get_by_role("button", name="Less a.png").click()
        self.wait("/\\*0.75$/.test(new URLSearchParams(location.search).get('images'))")
        self.wait_server(lambda api: api.log and api.log[-1]["query"]["terms"],
                         [{"text": "lake", "weight": 1}, {"image": "a.png", "data": "UE5H", "weight": 0.75}])
        self.page.get_by_role("button", name="Remove a.png").click()
        self.wait_text("#count", "matches")

    def test_files_that_are_not_images_are_refused(self):
        self.open()
        self.page.set_input_files("#file", [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}])
        self.wait_text(".toast", "Expected an image file")

    def test_an_image_that_is_gone_after_a_reload_is_asked_for(self):
        self.open()
        self.js(self.FILES, "drop")
        self.wait_text(".chip", "a.png")
        self.page.reload()
        self.wait_text(".notice", "Choose it again")


if __name__ == "__main__":
    unittest.main(verbosity=2)
