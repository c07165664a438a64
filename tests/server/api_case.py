"""What the tests of the API share: a server, which api_test.py starts, and a record of the answers that were met."""
import unittest

from served_library import Client, Library, Server

# Statuses that hardly occur: of a model without a text tower, of errors in other requests' bodies.
ELSEWHERE = {("post", "/v1/corrections", "400"), ("post", "/v1/feedback/qrels", "400"),
             ("post", "/v1/embeddings", "404")}


class ApiCase(unittest.TestCase):
    library = client = None  # of all tests

    @staticmethod
    def serving():
        """Starts the server of all tests; the context in which it runs."""
        ApiCase.library = Library()
        server = Server(ApiCase.library)
        ApiCase.client = Client(server)
        return server

    @staticmethod
    def missing_answers():
        """Returns the operations and important statuses that were not met."""
        missing = []
        for path, operations in ApiCase.client.description["paths"].items():
            for method, operation in operations.items():
                covered = ApiCase.client.covered.get((method.upper(), path), set())
                if not any(status < 400 for status in covered) and path != "/v1/index":
                    missing.append(f"{method.upper()} {path}: no success")
                statuses = ["304", "400", "404"] + (["422"] if "requestBody" in operation else [])
                missing += [f"{method.upper()} {path}: no {status}" for status in statuses
                            if status in operation["responses"] and int(status) not in covered
                            and (method, path, status) not in ELSEWHERE]
        return missing

    def assertEqualToProgram(self, answer, *arguments):
        """The hits are those that the program finds, with its similarities.

        The program multiplies with weights that it has not packed, whose sums differ in the last bits.
        """
        found = self.library.search("--top-k", str(answer["k"]), *arguments)["queries"][0]["hits"]
        self.assertEqual([(hit["rank"], hit["path"]) for hit in answer["hits"]],
                         [(hit["rank"], self.library.shown_path(hit)) for hit in found])
        for hit, expected in zip(answer["hits"], found):
            if expected["similarity"] is None:
                self.assertIsNone(hit["similarity"])
            else:
                self.assertAlmostEqual(hit["similarity"], expected["similarity"], delta=1e-6)
        self.assertTrue(found)
