"""What the browser draws around the focus, and whether anything covers it."""

from __future__ import annotations

from playwright.sync_api import Page

# Gives null when the focus is plain to see, else what is wrong with it.
_LOOK = """
() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  // A choice draws its ring around the whole row, which is its label.
  const drawn = at.matches('.choice input') ? at.nextElementSibling : at;
  const what = at.outerHTML.slice(0, 120);
  const style = getComputedStyle(drawn);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  if (!ring) return 'no ring: ' + what;
  const box = drawn.getClientRects()[0];
  if (!box || box.width < 1 || box.height < 1) return 'nowhere: ' + what;
  const x = Math.max(box.left + box.width / 2, 0);
  const y = box.top + Math.min(box.height, innerHeight) / 2;
  const top = document.elementFromPoint(x, y);
  const free = top && (drawn.contains(top) || top.contains(drawn));
  return free ? null : 'covered or out of sight: ' + what;
}
"""
_STEP = f"""
(selector) => [document.activeElement.matches(selector), ({_LOOK})()]
"""
_EACH = f"""
() => {{
  const look = {_LOOK};
  const wrong = [];
  const stops = document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
  );
  for (const each of stops) {{
    if (!each.checkVisibility() || each.tabIndex < 0) continue;
    each.focus();
    const taken = document.activeElement === each;
    const problem = taken ? look() : 'takes no focus: ' + each.outerHTML.slice(0, 120);
    if (problem) wrong.push(problem);
  }}
  return wrong;
}}
"""


def is_at(page: Page, selector: str) -> bool:
    """Whether ``selector`` has the focus; fails unless the focus is marked and can be seen."""
    arrived, problem = page.evaluate(_STEP, selector)
    assert problem is None, problem
    return bool(arrived)


def unseen_stops(page: Page) -> list[str]:
    """What is wrong with any stop of the Tab key, at the page's present size."""
    # A key was pressed, so the browser knows that this visitor needs the ring.
    page.keyboard.press("Tab")
    return [str(each) for each in page.evaluate(_EACH)]
