// The models that are shown. Rows, columns and hits of the others are hidden everywhere: they have
// data-model="2", or "1 2" for a pair.
const models = {
  style: element('style'),

  // Indices of the shown models; all if the address names none.
  shown() {
    const all = data.models.map((label, index) => index);
    const chosen = all.filter((index) => state.get('models').split(',').includes(String(index)));
    return chosen.length ? chosen : all;
  },

  several() {
    return this.shown().length > 1;
  },

  start() {
    document.head.append(this.style);
    if (data.models.length > 1) document.querySelector('nav').before(this.chooser());
    state.follow(() => this.apply());
  },

  chooser() {
    this.boxes = data.models.map((label, index) => element('input', {type: 'checkbox', value: index,
      change: () => this.change()}));
    return element('fieldset', {class: 'models'}, element('legend', {}, 'Models shown'),
      ...data.models.map((label, index) => element('label', {}, this.boxes[index], label)));
  },

  change() {
    const chosen = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const all = chosen.length === 0 || chosen.length === this.boxes.length;
    state.set({models: all ? '' : chosen.join(',')});
    this.apply();
  },

  apply() {
    const shown = this.shown();
    for (const [index, box] of (this.boxes || []).entries()) box.checked = shown.includes(index);
    this.style.textContent = data.models.map((label, index) => index)
      .filter((index) => !shown.includes(index))
      .map((index) => `[data-model~="${index}"] { display: none !important; }`).join('\n');
    for (const changed of this.listeners) changed();
  },

  listeners: [],  // called after a change
};
