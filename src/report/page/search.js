// Search texts: words and "several words" that must all occur; -word that must not; and conditions on
// columns, name:text, name=text, name>number, with "quotes" around names or texts that have spaces.
const termPattern = /(-?)(?:("[^"]*"|[^\s":<>=]+)(:|<=|>=|<|>|=))?("[^"]*"|[^\s"]+)/g;

function unquoted(text) {
  return text.replace(/^"|"$/g, '');
}

// columns: names in lower case. Returns terms {not, column, operator, text, number}; column null: anywhere.
function parseSearch(text, columns) {
  const terms = [];
  for (const [whole, minus, name, operator, value] of text.matchAll(termPattern)) {
    const column = name ? unquoted(name).toLowerCase() : null;
    const known = column !== null && columns.includes(column);
    const wanted = known ? unquoted(value) : unquoted(whole.slice(minus.length));
    terms.push({not: minus === '-', column: known ? column : null, operator: known ? operator : ':',
      text: wanted.toLowerCase(), number: Number(wanted)});
  }
  return terms;
}

function holds(term, value) {
  if (term.operator === ':') return String(value).toLowerCase().includes(term.text);
  if (term.operator === '=') {
    return typeof value === 'number' && !Number.isNaN(term.number)
      ? value === term.number : String(value).toLowerCase() === term.text;
  }
  const number = typeof value === 'number' ? value : Number.parseFloat(value);
  if (Number.isNaN(number) || Number.isNaN(term.number)) return false;
  return {'<': number < term.number, '<=': number <= term.number,
    '>': number > term.number, '>=': number >= term.number}[term.operator];
}

// valueOf(column): the value in a column. anywhere(): all of them as one text in lower case.
function matchesSearch(terms, valueOf, anywhere) {
  return terms.every((term) => term.not !== (term.column === null
    ? anywhere().includes(term.text) : holds(term, valueOf(term.column))));
}
