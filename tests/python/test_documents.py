"""What README.md, docs/ and the notebooks promise about the Python package.

usage: with-python.sh requirements.txt test_documents.py (PYTHONPATH with the package, ISOTHERM_SOURCE set)
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["ISOTHERM_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests" / "docs"))
import documentation  # noqa: E402


class Blocks(unittest.TestCase):
    def test_every_block_runs(self):
        count = {}
        for page in documentation.pages(SOURCE):
            blocks = [block for block in documentation.blocks(page) if documentation.uses_package(block)]
            with tempfile.TemporaryDirectory() as folder:
                for block in blocks:
                    found = subprocess.run([sys.executable, "-c", block.text], cwd=folder, capture_output=True, text=True, timeout=600,
                                           env={**os.environ, "MPLBACKEND": "agg"})
                    self.assertEqual(found.returncode, 0, f"{page.name}:{block.line}: {found.stderr}")
            count[page.relative_to(SOURCE).as_posix()] = len(blocks)
        self.assertGreaterEqual(count["README.md"], 1)
        self.assertGreaterEqual(count["docs/python.md"], 6)

    def test_the_first_example_is_short(self):
        """From the import to the figure in 20 lines."""
        page = SOURCE / "docs" / "python.md"
        first = next(block for block in documentation.blocks(page) if documentation.uses_package(block))
        self.assertLessEqual(len(first.text.strip().split("\n")), 20)
        for word in ("stairs", "exact-chain", "savefig"):
            self.assertIn(word, first.text)


class Notebooks(unittest.TestCase):
    def test_they_run_and_hold_no_outputs(self):
        import nbclient
        import nbformat

        paths = sorted((SOURCE / "examples" / "notebooks").glob("*.ipynb"))
        self.assertTrue(paths)
        for path in paths:
            notebook = nbformat.read(path, as_version=4)
            for cell in notebook.cells:
                self.assertFalse(cell.get("outputs"), f"{path.name}: clear its outputs")
            # The kernel of this interpreter, whatever kernels the user has.
            with tempfile.TemporaryDirectory() as folder:
                client = nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}})
                client.create_kernel_manager()
                client.km.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
                client.execute()
            outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
            self.assertTrue(any("image/png" in output.get("data", {}) for output in outputs), "a figure")
            self.assertTrue(any("exact-chain' is consistent" in output.get("text", "") for output in outputs), "a statement")


if __name__ == "__main__":
    unittest.main()
