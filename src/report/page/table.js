// Sorting and filtering of tables that are in the page. The last rows of a table, in its foot, stay in place.
class SortableTable {
  constructor(table) {
    this.name = table.dataset.name;
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.heads = [...table.tHead.rows[0].cells];
    this.columns = new Map();  // every folded name of a column -> its index
    for (const [index, head] of this.heads.entries()) {
      for (const name of columnNames(head.textContent)) if (!this.columns.has(name)) this.columns.set(name, index);
    }
    if (this.rows.length < 2) return;
    sortableHeads(this.heads, (index) => this.sortByColumn(index));
    this.addFilter(table);
  }

  addFilter(table) {
    this.filter = searchField('Filter', '', 'words, or R@1>40', (text) => {
      state.set({['filter.' + this.name]: text});
      this.apply();
    });
    this.count = element('output', {class: 'count'});
    table.parentElement.before(element('div', {class: 'tools compact'}, this.filter, this.count));
  }

  // Per row: the value of a column for sorting. Numbers where all values are, else texts; null: missing.
  values(index) {
    const cells = this.rows.map((row) => row.cells[index]);
    const exact = cells.map((cell) => cell.dataset.v);
    const texts = cells.map((cell, i) => exact[i] ?? shownText(cell)).map((text) => text === '–' ? '' : text);
    const numbers = cells.map((cell, i) => exact[i] === undefined ? shownNumber(texts[i]) : typedNumber(exact[i]));
    const numeric = texts.every((text, i) => text === '' || numbers[i] !== null);
    return texts.map((text, i) => text === '' ? null : numeric ? numbers[i] : text);
  }

  // The value that is shown, for conditions such as R@1>40; of "<0.0001", the exact one.
  shownValue(row, index) {
    const cell = row.cells[index], text = shownText(cell);
    return {text, number: text.startsWith('<') ? typedNumber(cell.dataset.v ?? '') : shownNumber(text)};
  }

  sortByColumn(index) {
    const descending = this.heads[index].dataset.best === 'high';
    state.set({['sort.' + this.name]: nextSort(state.get('sort.' + this.name), String(index), '', descending)});
    this.apply();
  }

  // Sorts and filters as the address says.
  apply() {
    if (!this.filter) return;
    const {key, direction} = parseSort(state.get('sort.' + this.name));
    const index = /^\d+$/.test(key) && Number(key) < this.heads.length ? Number(key) : -1;
    this.body.append(...index < 0 ? this.rows : this.sorted(index, direction));
    markSorted(this.heads, index, direction);
    const text = state.get('filter.' + this.name);
    const input = this.filter.querySelector('input');
    if (input.value !== text) input.value = text;
    const {terms, problems} = parseSearch(text, (name) => this.columns.has(folded(name)));
    let shown = 0;
    for (const row of this.rows) {
      row.hidden = !matchesSearch(terms, (name) => this.shownValue(row, this.columns.get(folded(name))),
        () => folded(row.textContent));
      shown += !row.hidden;
    }
    this.count.textContent = text ? [`${shown} of ${counted(this.rows.length, 'row')}`, ...problems].join('. ') : '';
  }

  sorted(index, direction) {
    const values = new Map(this.values(index).map((value, i) => [this.rows[i], value]));
    return sortBy([...this.rows], (row) => values.get(row), direction);
  }
}

// Without the interval and the notes that follow a value.
function shownText(cell) {
  return cell.firstChild?.textContent.trim() ?? '';
}

// The number in a cell such as "+4.44" or "25 %", or null.
function shownNumber(text) {
  return numberOf(text.replace(/^\+/, '').replace(/ ?%$/, ''));
}

// "accuracy % = R@5 %" is also "accuracy" and "r@5".
function columnNames(label) {
  const names = [label, ...label.split(' = ')].map((name) => folded(name.trim()));
  return [...names, ...names.map((name) => name.replace(/ ?%/, ''))];
}

// A sort state is a key, with '-' in front for descending order.
function parseSort(text) {
  return {key: text.replace(/^-/, ''), direction: text.startsWith('-') ? -1 : 1};
}

// Ascending, then descending, or the reverse; then `original`, an order that no key names.
function nextSort(current, key, original = '', descending = false) {
  const cycle = descending ? ['-' + key, key, original] : [key, '-' + key, original];
  return cycle[(cycle.indexOf(current) + 1) % cycle.length];
}

// Puts a button into each header cell.
function sortableHeads(heads, clicked) {
  for (const [index, head] of heads.entries()) {
    const button = element('button', {type: 'button', class: 'sort', click: () => clicked(index)});
    button.append(...head.childNodes);
    head.append(button);
  }
}

function markSorted(heads, index, direction) {
  for (const [i, head] of heads.entries()) {
    if (i === index) head.setAttribute('aria-sort', direction > 0 ? 'ascending' : 'descending');
    else head.removeAttribute('aria-sort');
  }
}

function startTables() {
  const tables = [...document.querySelectorAll('table.data')].map((table) => new SortableTable(table));
  state.follow(() => { for (const table of tables) table.apply(); });
}
