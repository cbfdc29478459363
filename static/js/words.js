// Words in the reader's language: from the catalogue that the page loads (none for English), else as they stand here.
// gettext("Step %(number)s", { number: 3 }); ngettext("%(n)s span", "%(n)s spans", n, { n }).
const fill = (text, values) => text.replaceAll(/%\((\w+)\)s/g, (_, name) => values[name]);

export function gettext(text, values = {}) {
  return fill(window.django?.gettext(text) ?? text, values);
}

export function ngettext(one, many, count, values = {}) {
  return fill(window.django?.ngettext(one, many, count) ?? (count === 1 ? one : many), values);
}
