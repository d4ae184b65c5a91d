"""A text in, whether it can be a credential (and is no label, rule, field or placeholder) out."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

from portability.model import HOLE

_WORDS_OF_FORMS = frozenset(
    "password passwd passwort pass pwd passphrase secret token string text hidden required optional null "
    "none "
    "nil true false yes no on off varchar char int integer bool boolean md5 sha1 sha256 sha512 bcrypt "
    "argon2i "
    "plain hash hashed encrypted input field label empty default auto always never basic bearer digest oauth "
    "jwt header query body session cookie request post get request_token api_key apikey key keys value name "
    "user username undefined any enabled disabled 0 1 changeme change_me todo tbd xxx n/a na redacted masked "
    "filtered public private pbkdf2 scrypt argon2 csrf nonce salt id type email your-password your_password "
    "mypassword my_password yourpassword passwordhere passwd_here mixed object array callable".split()
)
_PLACEHOLDER = re.compile(
    r"\A(?:[<\[({%#@].*[>\])}%#@]|"
    r"(?:your|enter|insert|put|replace|change|choose|type|here)[-_ ].*|"
    r"(?:my|the|a|an|some|add|set)[-_ ].*(?:pass|pwd|secret|token|key).*|.*[-_ ](?:here|goes[-_ ]here|"
    r"to[-_ ]be[-_ ]set)|.*(?:_HERE|_PLACEHOLDER|PLACEHOLDER)\b.*|"
    r"(.)\1{2,}|[x*.•-]+|change[-_ ]?(?:me|this|it).*|to ?do.*|put your unique phrase here|"
    r"_+[A-Z][A-Z_]*_+|example.*|foo(?:bar|baz)?|(?:this|a)[-_ ]?is[-_ ]?.*|not[-_ ]?set|"
    r"ThisTokenIsNotSoSecretChangeIt|SomeRandomString)\Z",
    re.IGNORECASE,
)
_NOT_SECRET = re.compile(
    r"\A(?:\$|%[\w(]|:|@[\w.]+\Z|https?:|[\w-]+://|/(?:[\w.-]+/)+|\.{0,2}/|~/|[A-Za-z_\\]+::|\\?"
    r"(?:[A-Z]\w+\\)+\w+\Z|"
    r"\^|\(\?|#[0-9a-f]{3,8}\Z|\.[\w-]+\Z|--?\w+|ssm:|secretsmanager:|env:|file:|arn:aws|sprintf|"
    r"[A-Za-z_]\w*\([\"'$]|"
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){3,}\Z|\{\{)"
)
_INTERPOLATED = re.compile(r"\$\{?\w|\{\{|\}\}|<%|%\(\w+\)s|%\w+\(|\{\$|#\{|\$\(|%env|<\?|%[sd]\b")
_NAME_LIKE = re.compile(r"\A[A-Za-z][A-Za-z0-9_. /:|\[\]-]*\Z")
_SECRET_WORD = re.compile(r"pass|pwd|secret|token|key|auth|salt|credential|login", re.IGNORECASE)


def is_wordy(text: str) -> bool:
    """Whether it is lower case words joined by signs (`function.odbc-connect`), as identifiers are."""
    return bool(re.fullmatch(r"[a-z]{2,}(?:[-_.#/:][a-z]{2,})+", text))


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * log2(n / len(text)) for n in counts.values()) if text else 0.0


def is_password(text: str) -> bool:
    """Whether the text may be a password: also a weak one, but no label, field name or placeholder."""
    return _possible(text) and not _is_field_name(text)


_WEAK = frozenset("password passwd pass secret root admin test user".split())


def is_weak(text: str) -> bool:
    """Whether it is one of the words that people set for a password, although forms know it, too."""
    return text.lower() in _WEAK and text.lower() in _WORDS_OF_FORMS


def is_hash(text: str) -> bool:
    """Whether it is what is kept of a password that is only compared: hex of a digest, or crypt's format."""
    return bool(_HASH.fullmatch(text))


_HASH = re.compile(
    r"\*?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})(?::[\x21-\x7e]{1,64})?"
    r"|\$(?:1|2[abxy]?|5|6|7|y|P|H|S|argon2(?:id|i|d)|pbkdf2[\w-]*)\$.+",
    re.IGNORECASE,
)


def is_made_up(text: str) -> bool:
    """Whether the text mixes letters and digits, as no word of a form or of a program does."""
    return len(text) >= 6 and any(c.isdigit() for c in text) and any(c.isalpha() for c in text)


def is_given(text: str) -> bool:
    """Whether the text, where a call takes a password, may be one: any that is not to be filled in."""
    return is_password(text) or is_weak(text)


def is_token(text: str) -> bool:
    """Whether the text may be a key that a machine made: long, mixed, and no identifier."""
    if _is_noise(text):
        return True
    if _COUNTED.fullmatch(text) or _is_camel(text) or _NO_TOKEN.search(text):
        return False
    if re.search(r"\w/.*\.[a-z]\w{1,4}\Z|&#?\w+;", text):
        return False
    if not _possible(text) or len(text) < 8 or _is_field_name(text):
        return False
    has_digit = any(c.isdigit() for c in text)
    if len(text) < 16 and not has_digit:
        return len(text) >= 10 and text.isalpha() and _is_unspeakable(text)
    return entropy(text) >= (2.5 if has_digit else 3.0) and not _is_words(text)


_NO_TOKEN = re.compile(r"\(\?[:!=<]|\{\d,\d?\}|\[\^|\A[0-9A-F]{8}[0-9A-F-]{100,}\Z")
"""Parts of regular expressions, and tables of characters by their codes."""

_COUNTED = re.compile(r"(?:12345678){2,}")


def _is_camel(text: str) -> bool:
    """Whether it is an identifier of three words or more (`WaterDepthLayerVisible100m`)."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)
    named = [part for part in parts if len(part) > 2 and part[0].isupper() and part[1:].islower()]
    letters = sum(map(len, named))
    return (
        "".join(parts) == text and len(named) >= 3 and letters >= 5 * len(named) and letters > len(text) - 6
    )


def _is_noise(text: str) -> bool:
    """Whether it is a salt as generators make them: long, of all kinds of signs, spaces among them."""
    if len(text) < 24 or not text.isascii() or HOLE in text or text.count(" ") > len(text) // 10:
        return False
    signs = {c for c in text if not c.isalnum() and not c.isspace()}
    letters = any(c.islower() for c in text) and (any(c.isupper() for c in text) or len(text) >= 40)
    return len(signs) >= 4 and letters and any(c.isdigit() for c in text) and entropy(text) >= 4


def is_placeholder_secret(text: str) -> bool:
    """Whether the text stands for a credential that a person is to fill in."""
    return bool(_PLACEHOLDER.match(text)) or text.lower() in _WORDS_OF_FORMS


def _possible(text: str) -> bool:
    stripped = text.strip()
    if len(stripped) < 3 or len(stripped) > 4096 or HOLE in text or not text.isascii():
        return False
    if any(c.isspace() for c in stripped) or ("<" in text and ">" in text):
        return False
    if len(stripped) < 4 and stripped.isdigit():
        return False
    if is_placeholder_secret(stripped) or _NOT_SECRET.search(stripped):
        return False
    return not _INTERPOLATED.search(stripped)


def _is_field_name(text: str) -> bool:
    """Whether it is the name of a field, a route or a rule: words, one of them the secret's own."""
    if "|" in text:
        return bool(re.search(r"required|min|max|string|trim", text))
    made_up = any(c.isdigit() for c in text) and len(text) >= 8 and "_" not in text
    is_name = _NAME_LIKE.match(text.lstrip("#.&?")) and _SECRET_WORD.search(text)
    return bool(is_name) and entropy(text) < 3.9 and not made_up


def _is_unspeakable(text: str) -> bool:
    """Whether hardly any of the letters is a vowel, as in no word."""
    return 5 * sum(c in "aeiouy" for c in text.lower()) < len(text)


def _is_words(text: str) -> bool:
    """Whether it is words joined by signs (`csrf-test-name`, `markup.heading.1`), as identifiers are."""
    parts = [part for part in re.split(r"[-_. /:]", text) if part]
    words = [part for part in parts if re.fullmatch(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}", part)]
    short = [part for part in parts if re.fullmatch(r"[A-Za-z]|\d{1,2}", part)]
    return len(words) + len(short) == len(parts) and len(words) > len(short)
