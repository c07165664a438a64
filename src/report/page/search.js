// Search texts: words and "several words" that must all occur; -word that must not; and conditions on
// columns: name:text, name=text, name==Text, name>number. Names and texts that have spaces are in quotes;
// a quote within them is doubled: "a ""quoted"" word".
const quotedText = '"(?:[^"]|"")*"';
const termPattern = new RegExp(`(-?)(?:(${quotedText}|[^\\s":<>=]+)(:|<=|>=|<|>|==|=))?(${quotedText}|[^\\s"]+)`, 'g');

function unquoted(text) {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

// A search box has one line, so white space becomes a blank.
function quoted(text) {
  return `"${text.replace(/\s+/g, ' ').replaceAll('"', '""')}"`;
}

function quotedName(name) {
  return /[\s":<>=]|^-/.test(name) ? quoted(name) : name;
}

// The form in which texts are compared: any case, any white space, either minus sign.
function folded(text) {
  return text.normalize().replace(/\s+/g, ' ').replaceAll('−', '-').toLowerCase();
}

// known(name): whether a column has this name. Returns {terms, problems}: terms {not, name, operator, text,
// exact, number}, name null: anywhere; problems: sentences for the reader. A condition on an unknown name is
// a text, such as 12:30.
function parseSearch(search, known) {
  const terms = [], problems = new Set();
  for (const [, minus, quotedName, operator, value] of search.matchAll(termPattern)) {
    const exact = unquoted(value), name = quotedName === undefined ? null : unquoted(quotedName);
    const term = {not: minus === '-', name: null, operator: ':', text: folded(exact), exact, number: typedNumber(exact)};
    if (name !== null && known(name)) {
      Object.assign(term, {name, operator});
      if (/[<>]/.test(operator) && term.number === null) problems.add(`“${exact}” is not a number`);
    } else if (name !== null) {
      term.text = folded(name + operator + exact);
      problems.add(`No column “${name}”: “${name + operator + exact}” is searched as a text`);
    }
    terms.push(term);
  }
  return {terms, problems: [...problems]};
}

// text: what is shown; number: of a numeric column, else null.
function holds(term, text, number) {
  if (term.operator === ':') return folded(text).includes(term.text);
  if (term.operator === '==') return text.replace(/\s+/g, ' ') === term.exact.replace(/\s+/g, ' ');
  if (term.operator === '=') {
    return number !== null && term.number !== null ? number === term.number : folded(text) === term.text;
  }
  const compared = number ?? leadingNumber(text);
  if (compared === null || term.number === null) return false;
  return {'<': compared < term.number, '<=': compared <= term.number,
    '>': compared > term.number, '>=': compared >= term.number}[term.operator];
}

// valueOf(name): the value of a column as {text, number}. anywhere(): all of them as one folded text.
function matchesSearch(terms, valueOf, anywhere) {
  return terms.every((term) => {
    if (term.name === null) return term.not !== anywhere().includes(term.text);
    const {text, number} = valueOf(term.name);
    return term.not !== holds(term, text, number);
  });
}
