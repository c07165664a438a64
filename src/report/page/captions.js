// The captions and ranks of the page, as caption_data.cpp writes them.
const data = JSON.parse(document.getElementById('data').textContent);

// Per row: the indices of its captions.
const textsOfRow = data.ids.map(() => []);
data.rows.forEach((row, text) => textsOfRow[row].push(text));

function captionsOfRow(row) {
  return textsOfRow[row].map((text) => data.captions[text]);
}

// The columns that captions can be searched by: name, numeric, value(text). A grouping column has far fewer
// values than the data set has rows, or numbers; only these are shown in the table and in the breakdown.
const columns = data.columns.map(({name, values, of}) => {
  const numeric = values.some((value) => value.trim() !== '') &&
    values.every((value) => value.trim() === '' || Number.isFinite(Number(value)));
  const typed = numeric ? values.map((value) => value.trim() === '' ? null : Number(value)) : values;
  return {name, numeric, grouping: numeric || values.length <= Math.max(20, data.ids.length / 2),
    value: (text) => typed[of[data.rows[text]]]};
});
columns.push({name: 'words', numeric: true, grouping: true, computed: true,
  value: (text) => data.captions[text].split(/\s+/).filter(Boolean).length});

// Ranks of a model under the chosen definition of relevant.
function ranksOf(model) {
  return data.equivalent && state.get('def') === 'equivalent' ? data.equivalent[model] : data.ranks[model];
}

function chosenK() {
  return state.integer('k', data.k, 1, 100000);
}

// A rank above the number of candidates means that the similarity is not a number: never right.
function isRanked(rank) {
  return rank <= data.candidates;
}

function isRight(rank, k) {
  return rank <= k && isRanked(rank);
}

// The two models that are compared.
function comparedModels() {
  const last = data.models.length - 1;
  return {a: state.integer('a', 0, 0, last), b: state.integer('b', last, 0, last)};
}

const captionFilters = {
  'all': ['All captions', () => true],
  'a-not-b': ['A right, B wrong', ({a, b}) => a && !b],
  'b-not-a': ['B right, A wrong', ({a, b}) => b && !a],
  'both': ['A and B right', ({a, b}) => a && b],
  'neither': ['A and B wrong', ({a, b}) => !a && !b],
  'disagree': ['Models disagree', ({each}) => each.some(Boolean) && !each.every(Boolean)],
  'every': ['Every model right', ({each}) => each.every(Boolean)],
  'none': ['No model right', ({each}) => !each.some(Boolean)],
};

// The captions that the controls select, in their order.
function selectedCaptions() {
  const k = chosenK(), {a, b} = comparedModels();
  const ranks = data.models.map((label, model) => ranksOf(model));
  const shown = models.shown();
  const [, keep] = captionFilters[state.get('show')] || captionFilters.all;
  const matches = captionMatcher(ranks, a, b);
  const texts = [];
  for (let text = 0; text < data.captions.length; ++text) {
    const right = (model) => isRight(ranks[model][text], k);
    if (keep({a: right(a), b: right(b), each: shown.map(right)}) && matches(text)) texts.push(text);
  }
  const {key, direction} = captionSort();
  return sortBy(texts, captionKey(key, ranks, a, b), direction);
}

function captionSort() {
  return parseSort(state.get('sort', data.models.length > 1 ? 'difference' : 'rank0'));
}

// The value of a caption that a sort key names; the order of the data set for an unknown key.
function captionKey(key, ranks, a, b) {
  const [, kind, number] = key.match(/^([a-z]+)(\d*)$/) || [];
  const index = Number(number);
  if (kind === 'caption') return (text) => data.captions[text];
  if (kind === 'id') return (text) => data.ids[data.rows[text]];
  if (kind === 'difference') return (text) => ranks[a][text] - ranks[b][text];
  if (kind === 'rank' && ranks[index]) return (text) => ranks[index][text];
  if (kind === 'column' && columns[index]) return columns[index].value;
  return (text) => text;
}

const searchable = [];  // per caption: its text in lower case, filled on first use

function searchableText(text) {
  return searchable[text] ??= [data.captions[text], data.ids[data.rows[text]],
    ...columns.filter((column) => !column.computed).map((column) => column.value(text) ?? '')]
    .join('\n').toLowerCase();
}

// Returns a function that tells whether a caption matches the search.
function captionMatcher(ranks, a, b) {
  const values = {caption: (text) => data.captions[text], id: (text) => data.ids[data.rows[text]],
    difference: (text) => ranks[a][text] - ranks[b][text]};
  for (const [model, label] of data.models.entries()) values[label.toLowerCase()] ??= (text) => ranks[model][text];
  for (const column of columns) values[column.name.toLowerCase()] = (text) => column.value(text) ?? '';
  const terms = parseSearch(state.get('q'), Object.keys(values));
  return (text) => matchesSearch(terms, (name) => values[name](text), () => searchableText(text));
}
