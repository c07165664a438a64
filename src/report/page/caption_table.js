// The table of captions: one row per caption with the ranks of all models.
const pageSize = 50;
const shownColumns = 4;  // of the data set; a row that is opened shows all

const captionTable = {
  start() {
    this.root = document.querySelector('#captions .app');
    if (!this.root) return;
    this.controls = element('div', {class: 'tools'});
    this.table = element('table', {class: 'captions'}, element('thead'),
      element('tbody', {click: (event) => this.clicked(event)}));
    this.count = element('output', {class: 'count'});
    this.problems = element('output', {class: 'problems'});
    this.pager = element('div', {class: 'pager'});
    this.root.append(this.controls, this.count, this.problems, element('div', {class: 'wide'}, this.table), this.pager);
    this.makeControls();
    models.listeners.push(() => this.show());
    this.show();
  },

  // A change of the selection goes back to the first page and closes the row.
  change(changes) {
    state.set({page: '', row: '', ...changes});
    this.show();
  },

  show() {
    this.showControls();
    this.render();
  },

  makeControls() {
    this.search = searchField('Search', '', 'caption, id, name:value, "model">10', (text) => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.change({q: text}), 120);
    });
    const changedModel = (key) => (value) => this.change({[key]: value});
    this.a = selectField('A', [], '', changedModel('a'));
    this.b = selectField('B', [], '', changedModel('b'));
    this.filter = selectField('Show', [], '', (value) => this.change({show: value === 'all' ? '' : value}));
    const k = element('input', {type: 'number', min: 1, max: maxK, class: 'k', input: () => this.typedK(k),
      change: () => this.correctK(k)});
    this.k = element('label', {class: 'field'}, element('span', {}, 'right within K ='), k);
    this.definition = data.equivalent ? selectField('Relevant',
      [['strict', 'own image only'], ['equivalent', 'same caption too']], 'strict',
      (value) => { this.change({def: value === 'strict' ? '' : value}); breakdown.render(); }) : null;
    this.controls.append(...[this.search, this.a, this.b, this.filter, this.k, this.definition].filter(Boolean));
  },

  typedK(input) {
    giveK(input.value);
    input.setAttribute('aria-invalid', rejectedK !== '');
    this.change({});
  },

  // When K is entered: replaces a K that is not used by the one that is. The message stays.
  correctK(input) {
    if (input.value === '' && !input.validity.badInput) return;
    input.value = chosenK();
    input.removeAttribute('aria-invalid');
  },

  // Shows the state in the controls, except in the one that is being used.
  showControls() {
    const set = (field, value) => {
      const control = field.querySelector('input, select');
      if (control !== document.activeElement) control.value = value;
    };
    const {a, b} = comparedModels();
    const labels = models.shown().map((model) => [model, data.models[model]]);
    setChoices(this.a, labels, a);
    setChoices(this.b, labels, b);
    this.a.hidden = this.b.hidden = !models.several();
    setChoices(this.filter, availableFilters().map(([key, {label}]) => [key, label]), chosenFilter());
    set(this.search, state.get('q'));
    set(this.k, chosenK());
    if (this.definition) set(this.definition, state.get('def') === 'equivalent' ? 'equivalent' : 'strict');
  },

  // The columns of the table: key for sorting, head, and cell(text).
  layout() {
    const {a, b} = comparedModels(), k = chosenK();
    const several = models.several();
    const list = [
      {key: 'caption', head: 'caption', cell: (text) => this.captionCell(text)},
      {key: 'id', head: 'id', text: true, cell: (text) => idCell(data.ids[data.rows[text]])}];
    const shown = columns.filter((column) => column.grouping && !column.computed).slice(0, shownColumns);
    for (const column of shown) {
      list.push({key: 'column' + columns.indexOf(column), head: column.label, text: !column.numeric,
        cell: (text) => element('td', {class: column.numeric ? 'number' : 'text'}, column.text(text))});
    }
    for (const model of models.shown()) {
      const mark = several ? [a === model ? 'A' : '', b === model ? 'B' : ''].join('') : '';
      list.push({key: 'rank' + model, head: data.models[model], mark, model,
        cell: (text) => rankCell(ranksOf(model)[text], k, model)});
    }
    if (several) {
      list.push({key: 'difference', head: 'rank A − rank B',
        cell: (text) => element('td', {class: 'number'}, signed(ranksOf(a)[text] - ranksOf(b)[text]))});
    }
    return list;
  },

  captionCell(text) {
    const open = state.get('row') === String(text);
    const toggle = element('button', {type: 'button', class: 'toggle', 'aria-expanded': String(open),
      'aria-label': (open ? 'Close ' : 'Open ') + data.captions[text], click: () => this.toggle(text)},
    open ? '▾' : '▸');
    return element('th', {scope: 'row', class: 'caption'}, toggle, data.captions[text]);
  },

  // A click anywhere on a caption's row opens or closes it, except on links and controls, and if it selected text.
  clicked(event) {
    const row = event.target.closest('tr[data-text]');
    if (!row || event.target.closest('a, button, input, select')) return;
    const selection = getSelection();
    if (!selection.isCollapsed && selection.containsNode(row, true)) return;
    this.toggle(Number(row.dataset.text));
  },

  toggle(text) {
    const open = state.get('row') === String(text);
    state.set({row: open ? '' : text, page: this.page ? this.page + 1 : '', ...open ? {} : {at: ''}});
    this.render();
    const row = this.table.querySelector(`tr[data-text="${text}"] .toggle`);
    if (row) row.focus();
  },

  render() {
    if (!this.root) return;
    const {texts, problems} = selectedCaptions();
    this.selected = texts;
    const pages = Math.max(1, Math.ceil(this.selected.length / pageSize));
    const opened = this.selected.indexOf(state.integer('row', -1, 0, data.captions.length - 1));
    const fallback = opened >= 0 ? Math.floor(opened / pageSize) + 1 : 1;
    this.page = Math.min(pages, state.integer('page', fallback, 1, 1e9)) - 1;
    const layout = this.layout();
    this.renderHead(layout);
    const begin = this.page * pageSize;
    this.table.tBodies[0].replaceChildren(...this.selected.slice(begin, begin + pageSize)
      .flatMap((text) => this.rowsOf(text, layout)));
    this.count.textContent = this.selected.length === data.captions.length
      ? counted(data.captions.length, 'caption')
      : `${this.selected.length.toLocaleString('en')} of ${counted(data.captions.length, 'caption')}`;
    this.problems.textContent = [...kProblems(), ...problems].join('. ');
    this.renderPager(pages);
  },

  renderHead(layout) {
    const {key, direction} = parseSort(captionSort());
    const focused = [...this.table.tHead.querySelectorAll('button')].indexOf(document.activeElement);
    const heads = layout.map((column) => element('th', {scope: 'col', 'data-model': column.model,
      class: column.text ? 'text' : null},
      column.head, column.mark ? element('b', {class: 'mark'}, column.mark) : null));
    sortableHeads(heads, (index) => this.sortBy(layout[index].key));
    markSorted(heads, layout.findIndex((column) => column.key === key), direction);
    this.table.tHead.replaceChildren(element('tr', {}, ...heads));
    if (focused >= 0) this.table.tHead.querySelectorAll('button')[focused]?.focus();
  },

  // The third click restores the order before the first. The default column has the data set's order as well.
  sortBy(key) {
    const original = key === defaultSort() ? dataOrder : defaultSort();
    const next = nextSort(captionSort(), key, original);
    this.change({sort: next === defaultSort() ? '' : next});
  },

  rowsOf(text, layout) {
    const row = element('tr', {'data-text': text}, ...layout.map((column) => column.cell(text)));
    if (state.get('row') !== String(text)) return [row];
    const box = captionDetail(text);
    zoom.enable(box);
    return [row, element('tr', {class: 'detail'}, element('td', {colspan: layout.length}, box))];
  },

  renderPager(pages) {
    const go = (page) => {
      state.set({page: page ? page + 1 : '', row: ''});
      this.render();
      this.table.tHead.scrollIntoView();
    };
    const button = (text, page, label) => element('button', {type: 'button', 'aria-label': label,
      disabled: page < 0 || page >= pages, click: () => go(page)}, text);
    this.pager.replaceChildren(...pages < 2 ? [] : [
      button('«', this.page ? 0 : -1, 'First page'), button('‹', this.page - 1, 'Previous page'),
      element('span', {}, `${this.page + 1} / ${pages}`),
      button('›', this.page + 1, 'Next page'), button('»', this.page + 1 < pages ? pages - 1 : pages, 'Last page')]);
  },
};

function idCell(id) {
  return element('td', {class: 'text'}, element('code', {class: 'id', title: id}, id), copyButton(id));
}

// Right within K has a tint and a title; a rank without a similarity is a dash.
function rankCell(rank, k, model) {
  const right = isRight(rank, k);
  return element('td', {class: right ? 'number right' : 'number', 'data-model': model,
    title: !isRanked(rank) ? 'The similarity is not a number' : right ? 'right within K' : 'wrong'},
  isRanked(rank) ? rank.toLocaleString('en') : '–');
}

function signed(difference) {
  return (difference > 0 ? '+' : '') + difference.toLocaleString('en');
}
