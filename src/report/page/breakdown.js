// Metrics per value of a column, computed from the ranks.
const maxValues = 200;   // the most frequent ones are shown
const manyNumbers = 12;  // a numeric column with more distinct values is divided into ranges
const ranges = 5;

// Key in the address -> label, value, decimals, which value is the best.
const breakdownMetrics = new Map([
  ['r1', ['R@1 %', (m) => 100 * m.recall1, 2, 'high']],
  ['r5', ['R@5 %', (m) => 100 * m.recall5, 2, 'high']],
  ['r10', ['R@10 %', (m) => 100 * m.recall10, 2, 'high']],
  ['mrr', ['MRR', (m) => m.mrr, 4, 'high']],
  ['median', ['median rank', (m) => m.median, 1, 'low']],
]);

// The definitions of docs/formats/results.md: a rank above the number of candidates is never a hit.
function metricsOf(ranks) {
  const sorted = ranks.toSorted((x, y) => x - y);
  const n = sorted.length, ranked = sorted.filter(isRanked);
  const within = (k) => ranked.filter((rank) => rank <= k).length / n;
  const middle = n >> 1;
  return {count: n, recall1: within(1), recall5: within(5), recall10: within(10),
    mrr: ranks.reduce((sum, rank) => sum + (isRanked(rank) ? 1 / rank : 0), 0) / n,
    median: n % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2};
}

// The captions by the values of a column: value -> {text, texts}; the value '' for missing ones. `text`: a
// numeric value as the data set has it.
function captionsByValue(column) {
  const byValue = new Map();
  for (let caption = 0; caption < data.captions.length; ++caption) {
    const value = column.value(caption) ?? '';
    if (!byValue.has(value)) byValue.set(value, {text: value === '' ? '' : column.text(caption), texts: []});
    byValue.get(value).texts.push(caption);
  }
  return byValue;
}

// Returns groups {label, order, search, texts} of captions; `order`: for sorting, unless it is the label.
function groupsOf(column, byValue) {
  const values = [...byValue.keys()];
  if (column.numeric && values.length > manyNumbers) return rangesOf(column, byValue);
  const count = (value) => byValue.get(value).texts.length;
  values.sort((x, y) => count(y) - count(x) || compareValues(x, y));
  const name = searchName(column);
  return values.slice(0, maxValues).sort(compareValues).map((value) => {
    const {text, texts} = byValue.get(value);
    return {texts, ...value === '' ? emptyGroup(name)
      : {label: text, search: `${name}${column.numeric ? '=' : '=='}${quoted(text)}`}};
  });
}

function emptyGroup(name) {
  return {label: '(empty)', order: '', search: `${name}=""`};
}

// Ranges of about equal numbers of captions; equal values are in one range.
function rangesOf(column, byValue) {
  const values = [...byValue.keys()].filter((value) => value !== '').sort((x, y) => x - y);
  const total = values.reduce((sum, value) => sum + byValue.get(value).texts.length, 0);
  const groups = [], name = searchName(column);
  let open = null, done = 0;
  for (const value of values) {
    const {text, texts} = byValue.get(value);
    open ??= {low: text, order: value, texts: []};
    open.texts.push(...texts);
    open.high = text;
    done += texts.length;
    if (done >= total * (groups.length + 1) / ranges || value === values.at(-1)) {
      groups.push({...open, label: open.low === open.high ? open.low : `${open.low} to ${open.high}`,
        search: `${name}>=${open.low} ${name}<=${open.high}`});
      open = null;
    }
  }
  if (byValue.has('')) groups.push({...emptyGroup(name), texts: byValue.get('').texts});
  return groups;
}

const breakdown = {
  start() {
    this.root = document.querySelector('#breakdown .app');
    if (!this.root) return;
    this.grouping = columns.flatMap((column, i) => column.grouping ? [i] : []);
    if (this.grouping.length === 0) {  // every column has a single value
      removeSection('breakdown');
      this.root = null;
      return;
    }
    this.column = selectField('Column', this.grouping.map((i) => [i, columns[i].label]), '',
      (value) => this.change('by', value, String(this.grouping[0])));
    this.metric = selectField('Metric',
      [['all', 'all'], ...[...breakdownMetrics].map(([key, [label]]) => [key, label])], '',
      (value) => this.change('metric', value, 'all'));
    this.output = element('div');
    this.root.append(element('div', {class: 'tools'}, this.column, this.metric), this.output);
    models.listeners.push(() => this.render());
    this.render();
  },

  change(key, value, none) {
    state.set({[key]: value === none ? '' : value, 'sort.breakdown': '', 'filter.breakdown': ''});
    this.render();
  },

  render() {
    if (!this.root) return;
    const given = state.integer('by', -1, 0, columns.length - 1);
    const index = this.grouping.includes(given) ? given : this.grouping[0];
    const metric = breakdownMetrics.has(state.get('metric')) ? state.get('metric') : 'all';
    this.column.querySelector('select').value = index;
    this.metric.querySelector('select').value = metric;
    const byValue = captionsByValue(columns[index]);
    const groups = groupsOf(columns[index], byValue);
    const table = metric === 'all' ? this.longTable(groups) : this.wideTable(groups, breakdownMetrics.get(metric));
    const note = !columns[index].numeric && byValue.size > maxValues
      ? element('p', {class: 'soft'}, `The ${maxValues} most frequent of ${byValue.size} values.`) : '';
    this.output.replaceChildren(note, element('div', {class: 'wide'}, table));
    new SortableTable(table).apply();
  },

  table(heads, rows) {
    return element('table', {class: 'data breakdown', 'data-name': 'breakdown'},
      element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows));
  },

  // `best`: 'high' in a column that is sorted with the highest value first.
  head(text, best = null, model = null) {
    return element('th', {scope: 'col', 'data-best': best, 'data-model': model,
      class: text === 'model' ? 'text' : null}, text);
  },

  valueCell(group) {
    const show = () => {
      state.set({q: group.search, at: 'captions', show: ''}, true);
      captionTable.change({});
      scrollToTarget();
    };
    return element('th', {scope: 'row', 'data-v': group.order}, group.label,
      element('button', {type: 'button', class: 'go', title: 'Show these captions',
        'aria-label': 'Show the captions of ' + group.label, click: show}, '→'));
  },

  number(metrics, [, value, decimals], model = null) {
    return element('td', {'data-v': value(metrics), 'data-model': model}, value(metrics).toFixed(decimals));
  },

  // One row per value and model with all metrics.
  longTable(groups) {
    const metrics = [...breakdownMetrics.values()];
    const rows = groups.flatMap((group) => data.models.map((label, model) => {
      const values = metricsOf(group.texts.map((text) => ranksOf(model)[text]));
      return element('tr', {'data-model': model}, this.valueCell(group), element('td', {class: 'text'}, label),
        element('td', {}, String(values.count)), ...metrics.map((metric) => this.number(values, metric)));
    }));
    const heads = ['value', 'model', 'captions'].map((text) => this.head(text));
    return this.table([...heads, ...metrics.map(([label, , , best]) => this.head(label, best))], rows);
  },

  // One row per value with one metric of all models.
  wideTable(groups, metric) {
    const rows = groups.map((group) => element('tr', {}, this.valueCell(group),
      element('td', {}, String(group.texts.length)),
      ...data.models.map((label, model) =>
        this.number(metricsOf(group.texts.map((text) => ranksOf(model)[text])), metric, model))));
    return this.table([this.head('value'), this.head('captions'),
      ...data.models.map((label, model) => this.head(label, metric[3], model))], rows);
  },
};
