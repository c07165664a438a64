// Sorting and filtering of the tables that are in the page's HTML.
class StaticTable {
  constructor(table) {
    this.table = table;
    this.name = table.dataset.name;
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.heads = [...table.tHead.rows[0].cells];
    this.columns = new Map();  // every name of a column, in lower case -> its index
    for (const [index, head] of this.heads.entries()) {
      for (const name of columnNames(head.textContent)) if (!this.columns.has(name)) this.columns.set(name, index);
    }
    if (this.rows.length < 2) return;
    sortableHeads(this.heads, (index) => this.sortByColumn(index));
    this.addFilter();
    state.follow(() => this.apply());
  }

  addFilter() {
    this.filter = searchField('Filter', '', 'words, or R@1>40', (text) => {
      state.set({['filter.' + this.name]: text});
      this.apply();
    });
    this.count = element('output', {class: 'count'});
    this.table.parentElement.before(element('div', {class: 'tools compact'}, this.filter, this.count));
  }

  value(row, index) {
    const cell = row.cells[index];
    const text = cell.dataset.v ?? cell.firstChild?.textContent.trim() ?? '';
    if (text === '–' || text === '') return null;
    return /^[<+−-]?[\d.]+( ?%)?$/.test(text) ? Number.parseFloat(text.replace(/^[<+]/, '').replace('−', '-')) : text;
  }

  // The number that is shown, for conditions such as R@1>40.
  shownValue(row, column) {
    const text = row.cells[this.columns.get(column)].firstChild?.textContent.trim() ?? '';
    return /^[+-]?[\d.]+$/.test(text) ? Number(text) : text;
  }

  sortByColumn(index) {
    state.set({['sort.' + this.name]: nextSort(state.get('sort.' + this.name), String(index))});
    this.apply();
  }

  apply() {
    const {key, direction} = parseSort(state.get('sort.' + this.name));
    const index = /^\d+$/.test(key) && Number(key) < this.heads.length ? Number(key) : -1;
    const rows = index < 0 ? this.rows : sortBy([...this.rows], (row) => this.value(row, index), direction);
    this.body.append(...rows);
    markSorted(this.heads, index, direction);
    const text = state.get('filter.' + this.name);
    const input = this.filter.querySelector('input');
    if (input.value !== text) input.value = text;
    const terms = parseSearch(text, [...this.columns.keys()]);
    let shown = 0;
    for (const row of this.rows) {
      row.hidden = !matchesSearch(terms, (column) => this.shownValue(row, column),
        () => row.textContent.toLowerCase());
      shown += !row.hidden;
    }
    this.count.textContent = text ? `${shown} of ${counted(this.rows.length, 'row')}` : '';
  }
}

// "accuracy % = R@5 %" is also "accuracy" and "r@5".
function columnNames(label) {
  const names = [label, ...label.split(' = ')].map((name) => name.trim().toLowerCase());
  return [...names, ...names.map((name) => name.replace(/ ?%/, ''))];
}

// A sort state is a key, with '-' in front for descending order.
function parseSort(text) {
  return {key: text.replace(/^-/, ''), direction: text.startsWith('-') ? -1 : 1};
}

// Ascending, then descending, then the original order.
function nextSort(current, key) {
  if (current === key) return '-' + key;
  return current === '-' + key ? '' : key;
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
  for (const table of document.querySelectorAll('table.data')) new StaticTable(table);
}
