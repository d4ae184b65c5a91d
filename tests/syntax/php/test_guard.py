"""The guard line in every shape of file: it runs, and the file prints what it printed before."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.languages import php
from portability.model import Safety, Source
from portability.syntax.php import guard as guards
from portability.syntax.php import reader

SHAPES = {
    "plain": b"<?php\necho __LINE__;\n",
    "tag alone on the line, CRLF": b"<?php\r\necho __LINE__;\r\n",
    "one line": b"<?php echo __LINE__; ?>\nx\n",
    "upper case": b"<?PHP echo __LINE__;",
    "comment first": b"<?php // hello\n/** file */\necho __LINE__;",
    "strict types": b"<?php\ndeclare(strict_types=1);\n\necho __LINE__;",
    "strict types and namespace": b"<?php\n/** d */\ndeclare(strict_types=1);\nnamespace A\\B;\nuse C\\D;\necho __LINE__, __NAMESPACE__;",
    "namespace": b"<?php namespace A; echo __NAMESPACE__;",
    "namespaces with braces": b"<?php\nnamespace A { echo 1; }\nnamespace { echo __LINE__; }\n",
    "strict types, then braces": b"<?php declare(strict_types=1);\nnamespace A { echo 1; }\n",
    "page text first": b"<html>\n<?php echo __LINE__; ?>\n</html>\n",
    "page text first, in a function call": b"  \n<?= __LINE__ ?>",
    "line end first": b"\n<p><?php echo __LINE__; ?>\n",
    "CRLF first": b"\r\n<p><?php echo __LINE__; ?>\r\n",
    "two line ends first": b"\n\n<p><?= 1 ?>\n",
    "short echo first": b"<?= 'a' ?>\n<?php echo __LINE__;",
    "only page text": b"<p>hello</p>\n",
    "shebang": b"#!/usr/bin/env php\n<?php\necho __LINE__;\n",
    "shebang and namespace": b"#!/usr/bin/env php\n<?php\nnamespace A;\necho __NAMESPACE__;\n",
    "byte order mark": b"\xef\xbb\xbf<?php\necho __LINE__;\n",
    "byte order mark and page text": b"\xef\xbb\xbf<p><?php echo __LINE__;\n",
    "function first": b"<?php function f() { return 1; } echo f();",
    "returns a value": b"<?php\nreturn ['a' => 1];\n",
    "halt": b"<?php echo __LINE__; __halt_compiler(); data",
    "alternative syntax": b"<?php if (1): ?>\nx\n<?php endif ?>\n",
}


PIECES = st.sampled_from(
    ["\n", "\r\n", " ", "\t", "// a\n", "# b\n", "#[A]\n", "/* c */", "/** * **/", "/*", "// ?>\n", "// ?\n", "?>",
     "declare(strict_types=1);", "declare(ticks = 1) ;", "DECLARE(strict_types=1);", "declare(strict_types=1) {", "}",
     "declare(ticks=1): ", "enddeclare;", "namespace A;", "namespace A\\B ;", "namespace A { ", "namespace\\f();",
     "namespaces();", "declared();", "echo 1;", "class A {}", "'", "<?php ", "<?= 1 ?>", "return;"]
)  # fmt: skip


@given(st.sampled_from(["<?php", "<?PHP", "<?", "<?="]), st.lists(PIECES, max_size=7))
def test_the_place_read_off_the_beginning_is_the_one_that_the_whole_file_tells(
    tag: str, pieces: list[str]
) -> None:
    source = Source("a.php", (tag + "\n" + "".join(pieces) + "\nf();\n").encode(), language="php")
    quick = guards.guard(source, "values")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(guards, "_PLAIN", re.compile(b"(?!)"))
        slow = guards.guard(source, "values")
    root = reader.parse(source.data)
    assert quick == slow or root.has_error


def run(path: Path, data: bytes) -> bytes:
    script = path / "script.php"
    script.write_bytes(data)
    done = subprocess.run(["php", "-n", str(script)], capture_output=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", SHAPES)
def test_a_guarded_file_loads_its_values_once_and_prints_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "bootstrap.php").write_text("<?php touch(__DIR__ . '/loaded');")
    before = SHAPES[name]
    rewrite = php.guard(Source("script.php", before, language="php"), "values")
    assert rewrite is not None
    assert rewrite.safety is Safety.SAFE
    after = before[: rewrite.span.start] + rewrite.replacement + before[rewrite.span.end :]
    assert run(tmp_path, after) == run(tmp_path, before)
    assert (tmp_path / "values" / "loaded").exists()
    assert php.guard(Source("script.php", after, language="php"), "values") is None
