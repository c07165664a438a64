// The captions and ranks of the page, as caption_data.cpp writes them.
const data = JSON.parse(document.getElementById('data').textContent);

// Per row: the indices of its captions.
const textsOfRow = data.ids.map(() => []);
data.rows.forEach((row, text) => textsOfRow[row].push(text));

function captionsOfRow(row) {
  return textsOfRow[row].map((text) => data.captions[text]);
}

// The columns of the data set: name; label, which is shown; numeric; text(caption) as in the data set; number(caption), null unless
// the column is numeric; value(caption), by which captions are sorted. Numeric columns have only plain
// numbers. A grouping column has several values, and far fewer than the data set has rows, or numbers;
// only these are shown in the table and in the breakdown.
function dataColumn({name, values: given, of}) {
  const values = given.map((value) => value.trim() === '' ? '' : value);
  const numbers = values.map(numberOf);
  const numeric = numbers.some((number) => number !== null) &&
    values.every((value, index) => value === '' || numbers[index] !== null);
  const at = (caption) => of[data.rows[caption]];
  const several = new Set(data.rows.map((row) => of[row])).size > 1;
  return {name, label: name, numeric, computed: false,
    grouping: several && (numeric || values.length <= Math.max(20, data.ids.length / 2)),
    text: (caption) => values[at(caption)],
    number: (caption) => numeric ? numbers[at(caption)] : null,
    value: (caption) => numeric ? numbers[at(caption)] : values[at(caption)]};
}

// The number of words of a caption, a column that is computed.
function wordsColumn() {
  const counts = data.captions.map((caption) => caption.split(/\s+/).filter(Boolean).length);
  const number = (caption) => counts[caption];
  const label = data.columns.some(({name}) => name === 'words') ? 'words (number)' : 'words';
  return {name: 'words', label, numeric: true, computed: true, grouping: new Set(counts).size > 1,
    text: (caption) => String(counts[caption]), number, value: number};
}

const columns = [...data.columns.map(dataColumn), wordsColumn()];

// Ranks of a model under the chosen definition of relevant.
function ranksOf(model) {
  return data.equivalent && state.get('def') === 'equivalent' ? data.equivalent[model] : data.ranks[model];
}

// K of the address, or that of the report.
const maxK = Math.max(data.candidates, data.k);
function chosenK() {
  return state.integer('k', data.k, 1, maxK);
}

let rejectedK = '';  // the K that was given last, if it is not used

// Takes a K from the address or the box. One that is not used is not kept in the address.
function giveK(text) {
  const used = wholeNumber(text, data.k, 1, maxK);
  rejectedK = text === '' || Number(text) === used ? '' : text;
  const kept = used === data.k ? '' : String(used);
  if (state.get('k') !== kept) state.set({k: kept});
}
state.follow(() => giveK(state.get('k')));

function kProblems() {
  return rejectedK === '' ? []
    : [`K is a whole number from 1 to ${maxK.toLocaleString('en')}, found “${rejectedK}”: K = ${chosenK()} is used`];
}

// A rank above the number of candidates means that the similarity is not a number: never right.
function isRanked(rank) {
  return rank <= data.candidates;
}

function isRight(rank, k) {
  return rank <= k && isRanked(rank);
}

// The two models that are compared, of those that are shown; the same one twice if only one is shown.
function comparedModels() {
  const shown = models.shown();
  const chosen = (key) => {
    const model = state.integer(key, -1, 0, data.models.length - 1);
    return shown.includes(model) ? model : null;
  };
  const b = chosen('b');
  const a = chosen('a') ?? shown.find((model) => model !== b) ?? shown[0];
  return {a, b: b ?? shown.findLast((model) => model !== a) ?? shown[0]};
}

// Key in the address -> {label, keep, pair: whether it compares two models}.
const captionFilters = new Map([
  ['all', {label: 'All captions', keep: () => true}],
  ['a-not-b', {label: 'A right, B wrong', pair: true, keep: ({a, b}) => a && !b}],
  ['b-not-a', {label: 'B right, A wrong', pair: true, keep: ({a, b}) => b && !a}],
  ['both', {label: 'A and B right', pair: true, keep: ({a, b}) => a && b}],
  ['neither', {label: 'A and B wrong', pair: true, keep: ({a, b}) => !a && !b}],
  ['disagree', {label: 'Models disagree', pair: true, keep: ({each}) => each.some(Boolean) && !each.every(Boolean)}],
  ['every', {label: 'Every model right', keep: ({each}) => each.every(Boolean)}],
  ['none', {label: 'No model right', keep: ({each}) => !each.some(Boolean)}],
]);

// The filters that apply to the shown models.
function availableFilters() {
  return [...captionFilters].filter(([, filter]) => models.several() || !filter.pair);
}

function chosenFilter() {
  const key = state.get('show');
  return availableFilters().some(([name]) => name === key) ? key : 'all';
}

// The captions that the controls select, in their order, and problems of the search.
function selectedCaptions() {
  const k = chosenK(), {a, b} = comparedModels();
  const ranks = data.models.map((label, model) => ranksOf(model));
  const shown = models.shown();
  const {keep} = captionFilters.get(chosenFilter());
  const {matches, problems} = captionMatcher(captionFields(ranks, a, b));
  const texts = [];
  for (let text = 0; text < data.captions.length; ++text) {
    const right = (model) => isRight(ranks[model][text], k);
    if (keep({a: right(a), b: right(b), each: shown.map(right)}) && matches(text)) texts.push(text);
  }
  const {key, direction} = parseSort(captionSort());
  return {texts: sortBy(texts, captionKey(key, ranks, a, b), direction), problems};
}

const dataOrder = 'order';  // the sort key of the data set's order

function defaultSort() {
  return models.several() ? 'difference' : 'rank' + models.shown()[0];
}

// The sort of the address, or the default if it names a column that is not shown.
function captionSort() {
  const text = state.get('sort');
  const {a, b} = comparedModels();
  return text && captionKey(parseSort(text).key, data.ranks, a, b) ? text : defaultSort();
}

// A function that returns the value of a caption that a sort key names, or null.
function captionKey(key, ranks, a, b) {
  const [, kind, number] = key.match(/^([a-z]+)(\d*)$/) || [];
  const index = Number(number);
  if (kind === dataOrder) return (text) => text;
  if (kind === 'caption') return (text) => data.captions[text];
  if (kind === 'id') return (text) => data.ids[data.rows[text]];
  if (kind === 'difference' && models.several()) return (text) => ranks[a][text] - ranks[b][text];
  if (kind === 'rank' && models.shown().includes(index)) return (text) => ranks[index][text];
  if (kind === 'column' && columns[index]) return columns[index].value;
  return null;
}

const searchable = [];  // per caption: its folded text, filled on first use

function searchableText(text) {
  return searchable[text] ??= folded([data.captions[text], data.ids[data.rows[text]],
    ...columns.filter((column) => !column.computed).map((column) => column.text(text))].join('\n'));
}

// The names that a search can use -> {text, number}, functions of the caption. A name that is several things
// is the page's own, then a column, then a model; "column.NAME" and "model.LABEL" are never anything else.
function captionFields(ranks, a, b) {
  const textField = (text) => ({text, number: () => null});
  const numberField = (number) => ({text: (caption) => String(number(caption)), number});
  const own = columns.filter((column) => !column.computed).map((column) => [column.name, column]);
  const labels = data.models.map((label, model) => [label, numberField((caption) => ranks[model][caption])]);
  const pageNames = [['caption', textField((caption) => data.captions[caption])],
    ['id', textField((caption) => data.ids[data.rows[caption]])],
    ['difference', numberField((caption) => ranks[a][caption] - ranks[b][caption])],
    ...columns.filter((column) => column.computed).map((column) => [column.name, column])];
  const qualified = (kind, list) => list.map(([name, field]) => [`${kind}.${name}`, field]);
  const all = [...qualified('column', own), ...qualified('model', labels), ...pageNames, ...own, ...labels];
  const fields = new Map();
  for (const form of [(name) => name, folded]) {  // exact names before those in another case
    for (const [name, field] of all) if (!fields.has(form(name))) fields.set(form(name), field);
  }
  return fields;
}

function findField(fields, name) {
  return fields.get(name) ?? fields.get(folded(name));
}

// The name of a column in a search, quoted if necessary.
function searchName(column) {
  const {a, b} = comparedModels();
  const plain = findField(captionFields(data.ranks, a, b), column.name) === column;
  return quotedName(plain ? column.name : 'column.' + column.name);
}

// Returns {matches, problems}; matches(caption) tells whether a caption matches the search.
function captionMatcher(fields) {
  const {terms, problems} = parseSearch(state.get('q'), (name) => findField(fields, name) !== undefined);
  const valueOf = (caption) => (name) => {
    const field = findField(fields, name);
    return {text: field.text(caption), number: field.number(caption)};
  };
  return {problems, matches: (caption) => matchesSearch(terms, valueOf(caption), () => searchableText(caption))};
}
