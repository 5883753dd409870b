#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every sentence is translated into every language, none is fuzzy, placeholders and numbers agree, and what goes onto
small displays is short enough in all of them. Looks at the sources, not at a build.

Usage: translations.py SOURCE_ROOT
"""
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LANGUAGES = {"de", "fr", "es"}
TEXT_MAX, IN_BED_MAX = 240, 160  # CARE_TEXT_MAX, CARE_IN_BED_MAX of src/care/care.h
# What a hint says of its effect, by language.
MAY = {"en": r"\bmay\b", "de": r"\bkann|können\b", "fr": r"\bpeu(t|vent)\b", "es": r"\bpuede[n]?\b"}
# Names of diseases that a list of signs could be about: none is named.
NAMED = re.compile(r"thromb|embol|stroke|schlaganfall|\bavc\b|ictus|infar|sklero|sclero|escler|neuropath|neuropat|"
                   r"epilep|tetan|ischäm|ischem|isquem|cancer|krebs|cáncer|cirrho|phlebit|flebit", re.I)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
PLACEHOLDER = re.compile(r"%[-+ #0-9.$*]*[a-zA-Z%]|\{\w*\}")


def unquote(text):
    """What C and PO files write between quotation marks, joined."""
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), "".join(STRING.findall(text)))


def catalogue(path):
    """{msgid: msgstr}"""
    entries = re.findall(r'^msgid ((?:".*"\s*)+)msgstr ((?:".*"\s*)+)', path.read_text(), re.M)
    return {unquote(a): unquote(b) for a, b in entries}


def rows(root):
    """[(id, use, English)]"""
    text = (root / "src/care/sentences.c").read_text()
    shorthand = {"HINT": "CARE_PREVENTION", "SIGN_OF": "CARE_SIGN", "ADVICE": "CARE_LEVEL"}
    found = re.findall(r'\{"(\w+)",\s*(\w+).*?N_\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)', text, re.S)
    return [(name, shorthand.get(use, use), unquote(english)) for name, use, english in found]


def numbers(text):
    return collections.Counter(re.findall(r"\d+", text))


def tool_complaints(root, language):
    """msgfmt's and msgcmp's own checks, the latter against what is in the sources now."""
    po = root / "po" / f"{language}.po"
    with tempfile.TemporaryDirectory() as directory:
        pot = pathlib.Path(directory) / "crampd.pot"
        commands = [["msgfmt", "--check", "--output-file=/dev/null", po],
                    ["xgettext", f"--directory={root}", f"--files-from={root}/po/POTFILES", "--keyword=N_",
                     "--from-code=UTF-8", f"--output={pot}"],
                    ["msgcmp", po, pot]]
        for command in commands:
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode or run.stderr:
                yield f"{language}: {command[0]}: {run.stderr.strip()}"


def text_complaints(language, name, use, english, text):
    bound = IN_BED_MAX if use == "CARE_IN_BED" else TEXT_MAX
    if len(text) > bound:
        yield f"{language}: {name}: {len(text)} characters, allowed are {bound}"
    if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(english)):
        yield f"{language}: {name}: placeholders differ"
    if numbers(text) != numbers(english):
        yield f"{language}: {name}: numbers differ from the English"
    if (text[-1] == ".") != (english[-1] == "."):
        yield f"{language}: {name}: ends otherwise than the English"
    if use == "CARE_PREVENTION" and not re.search(MAY[language], text):
        yield f"{language}: {name}: a hint must say that it may help"
    if NAMED.search(text):
        yield f"{language}: {name}: names a disease: {text}"


def complaints(root):
    sentences = rows(root)
    assert len(sentences) > 40, "src/care/sentences.c was not understood"
    listed = set((root / "po/LINGUAS").read_text().split())
    in_code = set(re.findall(r'X\(LANGUAGE_\w+, "(\w+)"\)', (root / "src/base/names.h").read_text())) - {"en"}
    if not listed == in_code == LANGUAGES:
        yield f"po/LINGUAS has {sorted(listed)}, base/names {sorted(in_code)}"
    for name, use, english in sentences:
        yield from text_complaints("en", name, use, english, english)
    for language in sorted(listed):
        yield from tool_complaints(root, language)
        po = root / "po" / f"{language}.po"
        if "#, fuzzy" in po.read_text() or "\n#~" in po.read_text():
            yield f"{language}: fuzzy or obsolete entries"
        translations = catalogue(po)
        for english, text in translations.items():
            if english and (not text or sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(english))):
                yield f"{language}: not translated, or other placeholders: {english}"
        for name, use, english in sentences:
            if not translations.get(english):
                yield f"{language}: {name} is not translated"
            else:
                yield from text_complaints(language, name, use, english, translations[english])


def blind_spots():
    """The checks on a text see what they are there for."""
    bad = [("en", "CARE_PREVENTION", "Drink.", "Drink."), ("de", "CARE_SIGN", "A leg", "Eine Thrombose"),
           ("fr", "CARE_SIGN", "For 10 %s", "10"), ("es", "CARE_SIGN", "10 times", "15 veces"),
           ("es", "CARE_IN_BED", "x", "x" * 161)]
    for language, use, english, text in bad:
        if not list(text_complaints(language, "probe", use, english, text)):
            yield f"the check itself is blind to {text}"


def main():
    if not all(map(shutil.which, ("msgfmt", "msgcmp", "xgettext"))):
        print("gettext is not installed")
        return 77
    wrong = [*blind_spots(), *complaints(pathlib.Path(sys.argv[1]))]
    print("\n".join(wrong) or f"{len(rows(pathlib.Path(sys.argv[1])))} sentences in {len(LANGUAGES) + 1} languages")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
