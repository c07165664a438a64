"""Tests a server whose library changes: by itself, by other processes, while searches are answered."""
import signal
import threading
import time
import unittest

from served_library import Client, Library, Server


def setUpModule():
    global library
    library = Library(60)


def wait_until(condition, seconds=60):
    """Returns how many seconds passed until the condition held."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"nothing happened in {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - begin


class Indexing(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(library))
        self.client = Client(self.server)

    def matching(self, name):
        return self.client.get("/v1/search", q=f'name:"{name}"')["matching"]

    def test_update_by_the_server(self):
        path = library.add_image("new by server.png")
        before = self.client.get("/v1/index")
        self.assertEqual((before["running"], before["last"]), (False, None))
        self.client.request("POST", "/v1/index", status=202)
        states = []
        wait_until(lambda: states.append(self.client.get("/v1/index")) or not states[-1]["running"])
        for state in states:
            self.assertLessEqual(state.get("progress", {}).get("done", 0), state.get("progress", {}).get("total", 1000))
        after = self.client.get("/v1/index")
        self.assertEqual((after["last"]["added"], after["images"]), (1, before["images"] + 1))
        self.assertEqual(self.matching(path.name), 1)
        path.unlink()
        self.client.request("POST", "/v1/index", status=202)
        wait_until(lambda: not self.client.get("/v1/index")["running"])
        self.assertEqual(self.client.get("/v1/index")["last"]["removed"], 1)
        self.assertEqual(self.matching(path.name), 0)

    def test_images_of_another_process_are_found_at_once(self):
        for number in range(3):
            path = library.add_image(f"new by program {number}.png")
            self.assertEqual(self.matching(path.name), 0)
            library.index()
            passed = wait_until(lambda name=path.name: self.matching(name) == 1, 5)
            self.assertLess(passed, 1)
            hit = self.client.get("/v1/search", q=f'name:"{path.name}"')["hits"][0]
            self.assertEqual(self.client.request("GET", f"/v1/images/{hit['id']}").body, path.read_bytes())

    def test_one_writer_at_a_time(self):
        writer = library.start("index", "--library", library.path, "--watch")
        try:
            # It says who it is right after it has locked the library.
            wait_until(lambda: "sightline index" in (self.client.get("/v1/index")["writer"] or ""))
            self.client.refused("POST", "/v1/index", 409, "sightline index")
            self.client.request("DELETE", "/v1/index", status=202)  # not the other process
            self.assertIsNone(writer.poll())
            self.client.request("POST", "/v1/feedback", json_body={"query": "a", "id": "1", "judgement": "relevant"})
        finally:
            writer.send_signal(signal.SIGINT)
            writer.communicate(timeout=60)
        self.client.request("POST", "/v1/index", status=202)
        wait_until(lambda: not self.client.get("/v1/index")["running"])

    def test_cancel_keeps_what_was_done(self):
        paths = [library.add_image(f"many {number}.png") for number in range(150)]
        try:
            before = self.client.get("/v1/index")["images"]
            self.client.request("POST", "/v1/index", status=202)
            self.client.refused("POST", "/v1/index", 409, "already")
            self.client.request("DELETE", "/v1/index", status=202)
            wait_until(lambda: not self.client.get("/v1/index")["running"])
            status = self.client.get("/v1/index")
            self.assertNotIn("problem", status)
            self.assertLessEqual(status["images"], before + 150)
            self.client.request("POST", "/v1/index", status=202)
            wait_until(lambda: not self.client.get("/v1/index")["running"])
            self.assertEqual(self.client.get("/v1/index")["images"], before + 150)
        finally:
            for path in paths:
                path.unlink()
            library.index()

    def test_answers_stay_right_while_another_process_writes(self):
        query = "a tree in:2019"
        expected = self.client.get("/v1/search", q=query, k=20, judge=0)["hits"]
        stop, wrong, count = threading.Event(), [], [0]

        def search():
            while not stop.is_set():
                answer = self.client.get("/v1/search", q=query, k=20, judge=0)
                count[0] += 1
                if answer["hits"] != expected:
                    wrong.append(answer)
                for hit in self.client.get("/v1/search", q="a tree in:2019", k=5)["hits"]:
                    self.client.get(f"/v1/items/{hit['id']}")

        def guarded():
            try:
                search()
            except Exception as error:
                wrong.append(error)

        threads = [threading.Thread(target=guarded) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number in range(3):
                paths = [library.add_image(f"more {number} {i}.png") for i in range(20)]
                library.index()
                for path in paths[:10]:
                    path.unlink()
                library.index()
                library.run("library", "compact", "--library", library.path)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertGreater(count[0], 20)

    def test_watching_server_follows_its_folders(self):
        with Server(library, "--watch") as server:
            client = Client(server)
            wait_until(lambda: client.get("/v1/index")["watching"])
            path = library.add_image("watched.png")
            wait_until(lambda: client.get("/v1/search", q=f'name:"{path.name}"')["matching"] == 1, 30)
            client.refused("DELETE", "/v1/index", 409, "--watch")  # a request ends only what a request started
            time.sleep(1.5)  # longer than the watch waits for changes
            self.assertTrue(client.get("/v1/index")["watching"])
            path.unlink()
            wait_until(lambda: client.get("/v1/search", q=f'name:"{path.name}"')["matching"] == 0, 30)
            self.assertEqual(server.stop(), 0)
        self.assertIsNone(self.client.get("/v1/index")["writer"])


if __name__ == "__main__":
    unittest.main()
