// Creates elements. All data reaches the page as text nodes and attributes, never as HTML.
'use strict';

// element('td', {class: 'rank', title: 'x'}, 'text', child): attributes that are null or false are
// omitted, true is an empty attribute, functions are event listeners.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function option(value, text, selected) {
  return element('option', {value, selected}, text);
}

// A <select> with its label. choices: [[value, text], …]
function selectField(label, choices, value, changed) {
  const select = element('select', {change: () => changed(select.value)});
  const field = element('label', {class: 'field'}, element('span', {}, label), select);
  setChoices(field, choices, value);
  return field;
}

function setChoices(field, choices, value) {
  field.querySelector('select').replaceChildren(
    ...choices.map(([key, text]) => option(key, text, String(key) === String(value))));
}

function searchField(label, value, hint, changed) {
  const input = element('input', {type: 'search', value, placeholder: hint, spellcheck: 'false',
    autocomplete: 'off', input: () => changed(input.value)});
  return element('label', {class: 'field grow'}, element('span', {}, label), input);
}

function counted(count, singular, plural = singular + 's') {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`;
}

// Compares numbers as numbers and texts in natural order; missing values come last.
const collator = new Intl.Collator('en', {numeric: true, sensitivity: 'base'});
function compareValues(a, b) {
  const missingA = a === null || a === '' || Number.isNaN(a);
  const missingB = b === null || b === '' || Number.isNaN(b);
  if (missingA || missingB) return missingA - missingB;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

// Sorts by `value` in a direction of 1 or -1. Missing values are last in both; equal ones keep their order.
function sortBy(list, value, direction) {
  const keys = new Map(list.map((item) => [item, value(item)]));
  const missing = (key) => key === null || key === '' || Number.isNaN(key);
  return list.sort((x, y) => {
    const a = keys.get(x), b = keys.get(y);
    return missing(a) || missing(b) ? missing(a) - missing(b) : direction * compareValues(a, b);
  });
}
