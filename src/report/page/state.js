// The state of the page is in the address after '#', so that a link reproduces it: 'sort.results.texts=-4',
// 'q=red', 'row=12'. A value that equals its default is omitted.
const state = {
  values: new URLSearchParams(),
  listeners: [],

  get(key, fallback = '') {
    return this.values.has(key) ? this.values.get(key) : fallback;
  },

  integer(key, fallback, low, high) {
    const text = this.get(key);
    const value = Number(text);
    return /^-?\d+$/.test(text) && value >= low && value <= high ? value : fallback;
  },

  // Sets several keys and updates the address. An empty value removes its key.
  set(changes) {
    for (const [key, value] of Object.entries(changes)) {
      if (value === '' || value === null || value === undefined) this.values.delete(key);
      else this.values.set(key, String(value));
    }
    const hash = this.values.toString();
    if (hash !== this.written()) {
      history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search);
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

function scrollToSection() {
  const section = document.getElementById(state.get('at'));
  if (section) section.scrollIntoView();
}

// Removes a section and the link to it.
function removeSection(id) {
  document.getElementById(id).remove();
  document.querySelector(`nav a[href="#${id}"]`).remove();
}

// Links to sections keep the rest of the state.
function startNavigation() {
  for (const link of document.querySelectorAll('nav a')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      state.set({at: link.getAttribute('href').slice(1)});
      scrollToSection();
    });
  }
  state.follow(scrollToSection);
}
