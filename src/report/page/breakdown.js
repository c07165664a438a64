// Metrics per value of a column, computed from the ranks.
const maxValues = 200;   // the most frequent ones are shown
const manyNumbers = 12;  // a numeric column with more distinct values is divided into ranges
const ranges = 5;

const breakdownMetrics = {
  r1: ['R@1 %', (m) => 100 * m.recall1, 2],
  r5: ['R@5 %', (m) => 100 * m.recall5, 2],
  r10: ['R@10 %', (m) => 100 * m.recall10, 2],
  mrr: ['MRR', (m) => m.mrr, 4],
  median: ['median rank', (m) => m.median, 1],
};

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

// Returns groups {label, search, texts} of the captions by the values of a column.
function groupsOf(column) {
  const byValue = new Map();
  for (let text = 0; text < data.captions.length; ++text) {
    const value = column.value(text) ?? '';
    if (!byValue.has(value)) byValue.set(value, []);
    byValue.get(value).push(text);
  }
  const values = [...byValue.keys()];
  if (column.numeric && values.length > manyNumbers) return rangesOf(column, byValue);
  values.sort((x, y) => byValue.get(y).length - byValue.get(x).length || compareValues(x, y));
  const kept = values.slice(0, maxValues).sort(compareValues);
  return kept.map((value) => ({label: value === '' ? '(empty)' : String(value),
    search: value === '' || /"/.test(value) ? null : `${quotedName(column.name)}="${value}"`,
    texts: byValue.get(value)}));
}

// Ranges of about equal numbers of captions; equal values are in one range.
function rangesOf(column, byValue) {
  const values = [...byValue.keys()].filter((value) => value !== '').sort((x, y) => x - y);
  const total = values.reduce((sum, value) => sum + byValue.get(value).length, 0);
  const groups = [];
  let open = null, done = 0;
  for (const value of values) {
    open ??= {low: value, texts: []};
    open.texts.push(...byValue.get(value));
    open.high = value;
    done += byValue.get(value).length;
    if (done >= total * (groups.length + 1) / ranges) {
      groups.push(open);
      open = null;
    }
  }
  if (open) groups.push(open);
  if (byValue.has('')) groups.push({empty: true, texts: byValue.get('')});
  const name = quotedName(column.name);
  return groups.map(({low, high, texts, empty}) => ({texts,
    label: empty ? '(empty)' : low === high ? String(low) : `${low} to ${high}`,
    search: empty ? null : `${name}>=${low} ${name}<=${high}`}));
}

function quotedName(name) {
  return /[\s":<>=]/.test(name) ? `"${name}"` : name;
}

const breakdown = {
  start() {
    this.root = document.querySelector('#breakdown .app');
    if (!this.root) return;
    this.controls = element('div', {class: 'tools'});
    this.output = element('div');
    this.root.append(this.controls, this.output);
    models.listeners.push(() => this.render());
    state.follow(() => this.render());
  },

  render() {
    if (!this.root) return;
    const grouping = columns.flatMap((column, i) => column.grouping ? [i] : []);
    const index = state.integer('by', grouping[0], 0, columns.length - 1);
    const metric = breakdownMetrics[state.get('metric')] ? state.get('metric') : 'all';
    const change = (key, none) => (value) => {
      state.set({[key]: value === none ? '' : value, 'sort.breakdown': '', 'filter.breakdown': ''});
      this.render();
    };
    const focused = [...this.controls.querySelectorAll('select')].indexOf(document.activeElement);
    this.controls.replaceChildren(
      selectField('Column', grouping.map((i) => [i, columns[i].name]), index, change('by', String(grouping[0]))),
      selectField('Metric', [['all', 'all'], ...Object.entries(breakdownMetrics).map(([key, [label]]) => [key, label])],
        metric, change('metric', 'all')));
    if (focused >= 0) this.controls.querySelectorAll('select')[focused].focus();
    const groups = groupsOf(columns[index]);
    const table = metric === 'all' ? this.longTable(groups) : this.wideTable(groups, breakdownMetrics[metric]);
    const distinct = new Set(data.captions.map((caption, text) => columns[index].value(text))).size;
    const note = !columns[index].numeric && distinct > maxValues
      ? element('p', {class: 'soft'}, `The ${maxValues} most frequent of ${distinct} values.`) : '';
    this.output.replaceChildren(note, element('div', {class: 'wide'}, table));
    new StaticTable(table).apply();
  },

  table(heads, rows) {
    return element('table', {class: 'data breakdown', 'data-name': 'breakdown'},
      element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows));
  },

  head(text, model = null) {
    return element('th', {scope: 'col', 'data-model': model, class: text === 'model' ? 'text' : null}, text);
  },

  valueCell(group) {
    const show = () => {
      state.set({q: group.search, at: 'captions', show: ''});
      captionTable.change({});
      captionTable.showControls();
      scrollToSection();
    };
    return element('th', {scope: 'row', 'data-v': group.label}, group.label, group.search === null ? null
      : element('button', {type: 'button', class: 'go', title: 'Show these captions',
        'aria-label': 'Show the captions of ' + group.label, click: show}, '→'));
  },

  number(metrics, [, value, decimals], model = null) {
    return element('td', {'data-v': value(metrics), 'data-model': model}, value(metrics).toFixed(decimals));
  },

  // One row per value and model with all metrics.
  longTable(groups) {
    const metrics = Object.values(breakdownMetrics);
    const rows = groups.flatMap((group) => data.models.map((label, model) => {
      const values = metricsOf(group.texts.map((text) => ranksOf(model)[text]));
      return element('tr', {'data-model': model}, this.valueCell(group), element('td', {class: 'text'}, label),
        element('td', {}, String(values.count)), ...metrics.map((metric) => this.number(values, metric)));
    }));
    const heads = ['value', 'model', 'captions', ...metrics.map(([label]) => label)];
    return this.table(heads.map((text) => this.head(text)), rows);
  },

  // One row per value with one metric of all models.
  wideTable(groups, metric) {
    const rows = groups.map((group) => element('tr', {}, this.valueCell(group),
      element('td', {}, String(group.texts.length)),
      ...data.models.map((label, model) =>
        this.number(metricsOf(group.texts.map((text) => ranksOf(model)[text])), metric, model))));
    return this.table([this.head('value'), this.head('captions'),
      ...data.models.map((label, model) => this.head(label, model))], rows);
  },
};
