"""What every HTML page of a bundle has: no network, one style sheet, one script that only filters.

The script is allowed by its hash; without it everything is there too, and nothing is hidden.
"""

import base64
import hashlib
from collections.abc import Iterable

from .page_parts import e
from .page_style import STYLE

_FILTER = """
'use strict';
(() => {
  const nav = document.querySelector('nav');
  const box = document.createElement('input');
  box.type = 'search';
  box.placeholder = 'Search this page';
  box.setAttribute('aria-label', box.placeholder);
  const told = document.createElement('output');
  nav.append(box, told);
  const rows = [...document.querySelectorAll('tbody tr')];
  const texts = rows.map(row => row.textContent.toLowerCase());
  const blocks = [...document.querySelectorAll('section.control')];
  const heads = blocks.map(b => (b.querySelector('h3') || b).textContent.toLowerCase());
  const show = () => {
    const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const fits = text => words.every(word => text.includes(word));
    rows.forEach((row, i) => { row.hidden = words.length > 0 && !fits(texts[i]); });
    blocks.forEach((block, i) => {
      const own = fits(heads[i]);
      if (own) block.querySelectorAll('tr').forEach(row => { row.hidden = false; });
      block.hidden = words.length > 0 && !own && !block.querySelector('tbody tr:not([hidden])');
    });
    document.querySelectorAll('.wide').forEach(wide => {
      wide.hidden = words.length > 0 && !wide.querySelector('tbody tr:not([hidden])');
    });
    const found = rows.filter(row => !row.hidden && !row.classList.contains('group'));
    told.textContent = words.length ? found.length + ' rows' : '';
  };
  box.addEventListener('input', show);
  document.addEventListener('keydown', event => {
    if (event.key === '/' && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    }
    if (event.key === 'Escape') { box.value = ''; show(); }
  });
})();
"""


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


_POLICY = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(_FILTER)}; "
    "base-uri 'none'; form-action 'none'"
)
_HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">"""


def document(title: str, parts: Iterable[str]) -> str:
    """A whole page; ``parts`` are HTML already, with one ``<nav>`` among them."""
    return "\n".join(
        [
            _HEAD,
            f"<title>{e(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            *parts,
            f"<script>{_FILTER}</script>\n</body>\n</html>\n",
        ]
    )
