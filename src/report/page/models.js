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
    this.notes = [...document.querySelectorAll('.figures')].map((figures) => {
      const note = element('p', {class: 'soft figures-note', hidden: true});
      figures.before(note);
      return note;
    });
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
    state.set({models: chosen.length === this.boxes.length ? '' : chosen.join(',')});
    this.apply();
  },

  apply() {
    const shown = this.shown();
    for (const [index, box] of (this.boxes || []).entries()) {
      box.checked = shown.includes(index);
      box.disabled = box.checked && shown.length === 1;  // one model is always shown
    }
    this.style.textContent = data.models.map((label, index) => index)
      .filter((index) => !shown.includes(index))
      .map((index) => `[data-model~="${index}"] { display: none !important; }`).join('\n');
    this.showNotes(shown);
    for (const changed of this.listeners) changed();
  },

  // Figures are images that have all models.
  showNotes(shown) {
    const hidden = data.models.filter((label, index) => !shown.includes(index));
    for (const note of this.notes) {
      note.hidden = hidden.length === 0;
      note.textContent = `The figures show all models, including the hidden: ${hidden.join(', ')}.`;
    }
  },

  listeners: [],  // called after a change
};
