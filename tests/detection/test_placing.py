"""Lines, columns and fingerprints of findings, in files that are all one line too."""

from __future__ import annotations

import tracemalloc

from portability.detection.placing import Placing
from tests.scans import scanned, source

OWN = ("fans.example",)


def one_line(values: int) -> str:
    return "<?php " + "".join(
        f"function é{n}(){{return'https://www.fans.example/{n}';}}" for n in range(values)
    )


def test_a_line_with_thousands_of_values_costs_no_copy_of_it_each() -> None:
    text = one_line(1500)
    tracemalloc.start()
    found = scanned({"a.php": text}, OWN).findings
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 1500
    assert most < 400 * len(text)
    assert len({finding.fingerprint for finding in found}) == 1500
    at = [finding.column - 1 for finding in found]
    assert [text[start : start + 16] for start in at] == ["www.fans.example"] * 1500


def test_a_value_of_a_long_line_is_known_by_what_stands_around_it() -> None:
    text = one_line(300)
    found = scanned({"a.php": text}, OWN).findings
    placing = Placing(source("a.php", text))
    assert max(len(placing.context(finding, found)) for finding in found) < 1000
    before = {finding.fingerprint for finding in found[100:]}
    moved = scanned(
        {"a.php": text.replace("<?php ", "<?php echo 'more at the beginning of this line'; ")}, OWN
    )
    assert before <= {finding.fingerprint for finding in moved.findings}
