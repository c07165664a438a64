// The state of the page is in the address after '#', so that a link reproduces it: 'sort.results.texts=-4',
// 'q=red', 'row=12'. A value that equals its default is omitted.
const state = {
  values: new URLSearchParams(),
  listeners: [],

  get(key, fallback = '') {
    return this.values.has(key) ? this.values.get(key) : fallback;
  },

  integer(key, fallback, low, high) {
    return wholeNumber(this.get(key), fallback, low, high);
  },

  // Sets several keys and updates the address, in a new entry of the history if `push`. An empty value removes
  // its key.
  set(changes, push = false) {
    for (const [key, value] of Object.entries(changes)) {
      if (value === '' || value === null || value === undefined) this.values.delete(key);
      else this.values.set(key, String(value));
    }
    const hash = this.values.toString();
    if (hash !== this.written()) {
      const address = hash ? '#' + hash : location.pathname + location.search;
      if (push) history.pushState(true, '', address);
      else history.replaceState(true, '', address);
    }
  },

  written() {
    const text = location.hash.slice(1);
    return text.includes('=') ? new URLSearchParams(text).toString() : '';
  },

  // Reads the address. '#results' without '=' is the anchor of a section.
  read() {
    const text = location.hash.slice(1);
    this.values = new URLSearchParams(text.includes('=') ? text : text ? 'at=' + text : '');
  },

  // Calls `apply` now, and whenever the address is changed from outside.
  follow(apply) {
    this.listeners.push(apply);
    apply();
  },

  start() {
    this.read();
    addEventListener('hashchange', () => {
      this.read();
      for (const apply of this.listeners) apply();
    });
  },
};
state.start();

// Scrolls to the section of the address, or else to the opened caption.
function scrollToTarget() {
  const target = document.getElementById(state.get('at')) ??
    document.querySelector('#captions tr.detail')?.previousElementSibling;
  target?.scrollIntoView();
}

// Scrolls to the target of a new entry of the history. For an earlier one, which has a state, the browser
// restores the position. Returns whether the entry is new.
function scrollInNewEntry() {
  if (history.state) return false;
  history.replaceState(true, '');
  scrollToTarget();
  return true;
}

// Removes a section and the link to it.
function removeSection(id) {
  document.getElementById(id).remove();
  document.querySelector(`nav a[href="#${id}"]`).remove();
}

// Links to sections keep the rest of the state, and Back returns from them.
function startNavigation() {
  for (const link of document.querySelectorAll('nav a')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      state.set({at: link.getAttribute('href').slice(1)}, true);
      scrollToTarget();
    });
  }
  if (scrollInNewEntry()) addEventListener('load', scrollToTarget);  // figures have their heights then
  state.listeners.push(scrollInNewEntry);
}
